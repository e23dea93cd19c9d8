import type { Worker } from 'node:worker_threads';
import { KernelError } from './errors.ts';
import { jobNumbers, looks, threadProgram, words } from './thread-program.ts';
import { compiledKernels, kernelNames, type KernelName } from './wasm.ts';

/** More threads than this wait for memory rather than compute. */
const mostThreads = 16;

/** A call of a kernel on a memory. */
export interface Job {
  readonly kernel: KernelName;
  readonly numbers: readonly number[];
}

/** Worker threads that run kernels on shared memories while their caller does the same. */
export class Threads {
  readonly #dropped = new FinalizationRegistry<number>((id) => this.#post({ id }));
  #memories = 0;

  private constructor(
    readonly workers: readonly Worker[],
    readonly words: Int32Array,
    readonly jobs: readonly Float64Array[],
  ) {}

  /** @param count workers, besides the caller */
  static async start(count: number): Promise<Threads> {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const module = await compiledKernels('shared');
    const state = new Int32Array(new SharedArrayBuffer(4 * (words.signals + count)));
    const jobs = Array.from({ length: count }, () => {
      return new Float64Array(new SharedArrayBuffer(8 * jobNumbers));
    });
    const workers = jobs.map((job, i) => {
      const workerData = { module, kernels: kernelNames, job, words: state, signal: words.signals + i };
      const worker = new Worker(threadProgram, { eval: true, workerData });
      worker.unref(); // a thread that waits does not keep the program alive
      return worker;
    });
    return new Threads(workers, state, jobs);
  }

  /**
   * Lets the threads work on a memory for as long as its owner lives.
   *
   * @returns what to call it in `begin`
   */
  attach(memory: WebAssembly.Memory, owner: object): number {
    const id = this.#memories++;
    this.#post({ id, memory });
    this.#dropped.register(owner, id);
    return id;
  }

  /** Starts jobs, one for each thread at most; `finish` must follow before the next. */
  begin(memory: number, jobs: readonly Job[]): void {
    Atomics.store(this.words, words.pending, jobs.length);
    jobs.forEach(({ kernel, numbers }, i) => {
      this.jobs[i]!.set([memory, kernelNames.indexOf(kernel), numbers.length, ...numbers]);
      Atomics.add(this.words, words.signals + i, 1);
      Atomics.notify(this.words, words.signals + i);
    });
  }

  /** Waits until all jobs are done. @throws KernelError if one failed */
  finish(): void {
    for (let look = 0, left; (left = Atomics.load(this.words, words.pending)) > 0; look++) {
      if (look >= looks) Atomics.wait(this.words, words.pending, left);
    }
    if (Atomics.exchange(this.words, words.failed, 0) !== 0)
      throw new KernelError('a kernel failed on a thread');
  }

  #post(message: { id: number; memory?: WebAssembly.Memory }): void {
    for (const worker of this.workers) worker.postMessage(message);
  }
}

let wanted: number | undefined;
let started: Promise<Threads | undefined> | undefined;

/**
 * Sets how many threads the kernels run on, for shared slabs made from now on; 1 is the calling thread alone. By default as
 * many as the process may use, where it can have threads (in Node).
 *
 * @throws KernelError unless it is a whole number from 1
 */
export function setThreads(count: number): void {
  if (!(Number.isSafeInteger(count) && count >= 1)) {
    throw new KernelError(`setThreads: ${count} threads, expected a whole number from 1`);
  }
  if (count === wanted) return;
  wanted = count;
  started = undefined;
}

/** The threads to share work with; undefined where there is but one. */
export function sharedThreads(): Promise<Threads | undefined> {
  const builtin = globalThis.process?.getBuiltinModule;
  const count = builtin === undefined ? 1 : (wanted ?? builtin('node:os').availableParallelism());
  started ??= count > 1 ? Threads.start(Math.min(count, mostThreads) - 1) : Promise.resolve(undefined);
  return started;
}
