import type { Worker } from 'node:worker_threads';
import { KernelError } from './errors.ts';
import { kernelStructs } from './generated/structs.ts';
import { loadKoffi, unsharedView } from './shared-memory.ts';
import type { KernelName } from './struct.ts';
import { depth, jobNumbers, looks, threadProgram, words } from './thread-program.ts';
import { compiledKernels } from './wasm.ts';

/** More threads than this wait for memory rather than compute. */
const mostThreads = 16;

const kernelNames = Object.keys(kernelStructs) as KernelName[];

/** Calls of kernels on a memory, one after the other, with pointers to their structs. */
export type Job = readonly { readonly kernel: KernelName; readonly call: number }[];

/** A worker thread, as its only employer sees it. */
export class Thread {
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * words.count));
  readonly #jobs = new Uint32Array(new SharedArrayBuffer(4 * depth * jobNumbers));
  readonly #worker: Worker;
  #given = 0;

  constructor(module: WebAssembly.Module) {
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const workerData = { module, kernels: kernelNames, jobs: this.#jobs, words: this.#words };
    this.#worker = new Worker(threadProgram, { eval: true, workerData });
    this.#worker.unref(); // a thread that waits does not keep the program alive
  }

  /** Jobs that it has not done yet, `depth` at most. */
  get open(): number {
    return (this.#given - Atomics.load(this.#words, words.done)) | 0;
  }

  /** How many jobs it was ever given, modulo 2^32. */
  get turn(): number {
    return this.#given >>> 0;
  }

  /** Gives it a job; it must not have `depth` open. */
  give(memory: number, job: Job): void {
    const jobs = this.#jobs;
    let at = (this.#given & (depth - 1)) * jobNumbers;
    jobs[at++] = memory;
    jobs[at++] = job.length;
    for (const { kernel, call } of job) {
      jobs[at++] = kernelNames.indexOf(kernel);
      jobs[at++] = call;
    }
    this.#given = (this.#given + 1) | 0;
    Atomics.store(this.#words, words.given, this.#given);
    if (Atomics.load(this.#words, words.asleep) === 1) Atomics.notify(this.#words, words.given);
  }

  /** Waits until fewer than `open` jobs are. @throws KernelError if one failed */
  wait(open: number): void {
    let done = Atomics.load(this.#words, words.done);
    for (let look = 0; ((this.#given - done) | 0) >= open; look++) {
      if (look >= looks) Atomics.wait(this.#words, words.done, done);
      done = Atomics.load(this.#words, words.done);
    }
    if (Atomics.exchange(this.#words, words.failed, 0) !== 0) {
      throw new KernelError('a kernel failed on a thread');
    }
  }

  /** Lets it work on a memory under that name; or, without a memory, forget it. */
  attach(id: number, memory?: WebAssembly.Memory): void {
    this.#worker.postMessage({ id, memory });
  }
}

/** Worker threads that run kernels on shared memories while their caller does the same. */
export class Threads {
  readonly #dropped = new FinalizationRegistry<number>((id) => {
    for (const thread of this.all) thread.attach(id);
  });
  #memories = 0;

  private constructor(readonly all: readonly Thread[]) {}

  /** @param count threads, besides the caller's */
  static async start(count: number): Promise<Threads> {
    const module = await compiledKernels('shared');
    return new Threads(Array.from({ length: count }, () => new Thread(module)));
  }

  /**
   * Lets the threads work on a memory for as long as its owner lives.
   *
   * @returns what to call it when they are given jobs
   */
  attach(memory: WebAssembly.Memory, owner: object): number {
    const id = this.#memories++;
    for (const thread of this.all) thread.attach(id, memory);
    this.#dropped.register(owner, id);
    return id;
  }
}

let wanted: number | undefined;
let started: Promise<Threads | undefined> | undefined;

/**
 * Sets how many threads the kernels run on, for slabs made from now on; 1 is the calling thread alone. By default as
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
  started ??= start();
  return started;
}

async function start(): Promise<Threads | undefined> {
  const builtin = globalThis.process?.getBuiltinModule;
  if (builtin === undefined) return undefined;
  const count = Math.min(wanted ?? builtin('node:os').availableParallelism(), mostThreads);
  if (count === 1) return undefined;
  try {
    loadKoffi();
    unsharedView(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })); // or it says why it cannot
  } catch (error) {
    const { message } = error as Error;
    process.emitWarning(
      `kernels run on one thread instead of ${count}, with equal results but slower: ${message}`,
    );
    return undefined;
  }
  return Threads.start(count - 1);
}
