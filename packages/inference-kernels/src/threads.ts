import { InferenceKernelError } from './errors.ts';
import { runPhases, type Plan } from './run-phases.ts';

/** A worker of a page or of Node, as far as it is used. */
interface Worker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  /** Whether it keeps Node running; a page has no such thing. */
  ref?(): void;
  unref?(): void;
}

/** What a thread runs: plans that it was given, by number. Plain JavaScript, so that it starts alike from anywhere. */
const threadProgram = `
const runPhases = ${runPhases};
const port = globalThis.process?.getBuiltinModule?.('worker_threads').parentPort ?? self;
const plans = new Map();
let kernels, thread, threads, words;
const listen = (message) => {
  if (message.module) {
    ({ thread, threads, words } = message);
    kernels = new WebAssembly.Instance(message.module, { env: { memory: message.memory } }).exports;
  } else if (message.plan) plans.set(message.id, message.plan);
  else if (message.drop) plans.delete(message.id);
  else {
    try {
      if (message.alone) runPhases(kernels, plans.get(message.id), 0, 1);
      else runPhases(kernels, plans.get(message.id), thread, threads, words);
      port.postMessage(undefined);
    } catch (error) {
      port.postMessage(String(error));
    }
  }
};
if (port === globalThis.self) port.onmessage = ({ data }) => listen(data);
else port.on('message', listen);
`;

function startWorker(answered: (failure: string | undefined) => void): Worker {
  const builtin = globalThis.process?.getBuiltinModule;
  if (builtin !== undefined) {
    const worker = new (builtin('worker_threads').Worker)(threadProgram, { eval: true });
    worker.on('message', answered);
    worker.on('error', (error: Error) => answered(String(error)));
    return worker;
  }
  const url = URL.createObjectURL(new Blob([threadProgram], { type: 'text/javascript' }));
  const worker = new globalThis.Worker(url);
  worker.onmessage = ({ data }) => answered(data as string | undefined);
  worker.onerror = ({ message }) => answered(message);
  return worker;
}

/** Whether a plan's phases are so short, in pieces worth sharing, that threads would rather wait than work. */
function isSmall({ phases }: Plan): boolean {
  const pieces = phases.flat().reduce((sum, { units, grain }) => sum + units / grain, 0);
  return pieces < 2 * phases.length;
}

/** Threads that run plans together on a shared memory, while their caller waits for a message. */
export class Threads {
  readonly #workers: Worker[] = [];
  readonly #words: Int32Array;
  /** Who runs a plan: all, or one. */
  readonly #runners = new Map<number, readonly Worker[]>();
  #open = 0;
  #failure: InferenceKernelError | undefined;
  #run: { readonly done: () => void; readonly fail: (error: Error) => void } | undefined;

  /** @param words shared memory for the meeting of the threads: two, and one for each phase of the longest plan */
  constructor(count: number, module: WebAssembly.Module, memory: WebAssembly.Memory, words: Int32Array) {
    this.#words = words;
    for (let thread = 0; thread < count; thread++) {
      const worker = startWorker((failure) => {
        if (failure !== undefined) this.#fail(failure);
        else if (--this.#open === 0) this.#run?.done();
      });
      worker.unref?.();
      worker.postMessage({ module, memory, words, thread, threads: count });
      this.#workers.push(worker);
    }
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Makes a plan known under a number. */
  add(id: number, plan: Plan): void {
    if (plan.phases.length + 2 > this.#words.length) {
      throw new InferenceKernelError(`a plan of ${plan.phases.length} phases: there is room for fewer`);
    }
    const runners = isSmall(plan) ? this.#workers.slice(0, 1) : this.#workers;
    this.#runners.set(id, runners);
    for (const worker of runners) worker.postMessage({ id, plan });
  }

  drop(id: number): void {
    for (const worker of this.#runners.get(id)!) worker.postMessage({ id, drop: true });
    this.#runners.delete(id);
  }

  /** Runs a plan; one at a time. @throws InferenceKernelError if a thread fails; it is the end of all of them */
  async run(id: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#words.fill(0);
    const runners = this.#runners.get(id)!;
    this.#open = runners.length;
    const run = new Promise<void>((done, fail) => (this.#run = { done, fail }));
    for (const worker of runners) worker.postMessage({ id, alone: runners.length === 1 });
    this.#workers[0]!.ref?.(); // the program goes on while it waits, and only then
    try {
      await run;
    } finally {
      this.#workers[0]!.unref?.();
    }
  }

  /** Others wait for the one that failed, and would for ever. */
  #fail(failure: string): void {
    this.#failure ??= new InferenceKernelError(`a thread failed: ${failure}`);
    this.stop();
    this.#run?.fail(this.#failure);
  }

  stop(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}
