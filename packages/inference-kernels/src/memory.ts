import { Allocator } from './allocator.ts';
import { InferenceKernelError } from './errors.ts';
import { runPhases, type Plan } from './run-phases.ts';
import { Threads } from './threads.ts';
import { compileKernels, type KernelExports } from './wasm.ts';

const PAGE_BYTES = 65536;
const MAX_PAGES = 65535;
/** What lies before everything else: at address 0 nothing does, and threads meet in words behind that. */
const FIRST_BYTES = 8192;

/** How a memory is made. */
export interface MemoryOptions {
  /** Threads that share the work of a plan; a single one is the caller's. @defaultValue 1 */
  readonly threads?: number | undefined;
  /** Whether a single thread is one of its own, too, so that the caller's goes on meanwhile. */
  readonly background?: boolean | undefined;
  /** Whether kernels may use relaxed SIMD, whose last bits depend on the processor; where there is any, unless said. */
  readonly relaxed?: boolean | undefined;
}

/** A memory that kernels work on, which grows as it is needed, up to nearly 4 GiB. */
export class KernelMemory {
  readonly #allocator: Allocator;
  readonly #plans = new Map<Plan, number>();
  #lastPlan = 0;

  private constructor(
    readonly memory: WebAssembly.Memory,
    readonly kernels: KernelExports,
    readonly threads: Threads | undefined,
  ) {
    const grow = (end: number): void => {
      const pages = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
      if (pages <= 0) return;
      try {
        memory.grow(pages);
      } catch (cause) {
        throw new InferenceKernelError(`the memory cannot grow to ${end} bytes`, { cause });
      }
    };
    this.#allocator = new Allocator(FIRST_BYTES, grow);
  }

  /**
   * @throws InferenceKernelError for threads that are not a whole number from 1, or where there is no WebAssembly with
   *   SIMD, or, for threads of its own, no shared memory (a page must be isolated)
   */
  static async create({
    threads = 1,
    background = false,
    relaxed,
  }: MemoryOptions = {}): Promise<KernelMemory> {
    if (!(Number.isSafeInteger(threads) && threads >= 1)) {
      throw new InferenceKernelError(`${threads} threads, expected a whole number from 1`);
    }
    const shared = threads > 1 || background;
    try {
      const module = await compileKernels(shared ? 'shared' : 'plain', relaxed);
      const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
      const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
      const words = shared ? new Int32Array(memory.buffer, 64, (FIRST_BYTES - 64) / 4) : undefined;
      const workers = words && new Threads(threads, module, memory, words);
      return new KernelMemory(memory, exports as unknown as KernelExports, workers);
    } catch (cause) {
      throw new InferenceKernelError(`no memory for kernels: ${(cause as Error).message}`, { cause });
    }
  }

  /** @returns the address of so many bytes, which hold anything. @throws InferenceKernelError where nearly 4 GiB are full */
  take(bytes: number): number {
    return this.#allocator.take(bytes);
  }

  /** Gives back what `take(bytes)` gave. */
  give(at: number, bytes: number): void {
    this.#allocator.give(at, bytes);
  }

  /** Bytes that are taken. */
  get taken(): number {
    return this.#allocator.taken;
  }

  /** Numbers at an address, until the memory grows. */
  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  /** Whole numbers at an address, until the memory grows. */
  words(at: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, length);
  }

  /** Runs a plan. One runs at a time. */
  async run(plan: Plan): Promise<void> {
    if (this.threads === undefined) {
      runPhases(this.kernels, plan, 0, 1, undefined);
      return;
    }
    let id = this.#plans.get(plan);
    if (id === undefined) {
      id = ++this.#lastPlan;
      this.#plans.set(plan, id);
      this.threads.add(id, plan);
    }
    await this.threads.run(id);
  }

  /** Forgets a plan. */
  drop(plan: Plan): void {
    const id = this.#plans.get(plan);
    if (id !== undefined) this.threads?.drop(id);
    this.#plans.delete(plan);
  }

  /** Stops the threads; the memory is freed when nothing refers to it. */
  dispose(): void {
    this.threads?.stop();
  }
}
