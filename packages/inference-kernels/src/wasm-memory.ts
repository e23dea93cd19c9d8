import { Allocator } from './allocator.ts';
import { InferenceKernelError, OutOfMemoryError, type DeviceLostError } from './errors.ts';
import type { KernelMemory, PlanInput, PlanOutput, WeightLayout, Weights } from './memory.ts';
import { runPhases, type Plan } from './run-phases.ts';
import { paddedSize } from './steps.ts';
import { Threads } from './threads.ts';
import { compileKernels, hasRelaxedSimd, type KernelExports } from './wasm.ts';

const PAGE_BYTES = 65536;
const MAX_PAGES = 65535;
/** What lies before everything else: at address 0 nothing does, and threads meet in words behind that. */
const FIRST_BYTES = 8192;

/** How a memory is made. */
export interface WasmMemoryOptions {
  /** Threads that share the work of a plan; a single one is the caller's. @defaultValue 1 */
  readonly threads?: number | undefined;
  /** Whether a single thread is one of its own, too, so that the caller's goes on meanwhile. */
  readonly background?: boolean | undefined;
  /** Whether kernels may use relaxed SIMD, whose last bits depend on the processor; where there is any, unless said. */
  readonly relaxed?: boolean | undefined;
}

/** A WebAssembly memory, which grows as it is needed, up to nearly 4 GiB. */
export class WasmMemory implements KernelMemory {
  readonly description: string;
  /** It never is. */
  readonly lost = new Promise<DeviceLostError>(() => {});
  readonly #allocator: Allocator;
  readonly #plans = new Map<Plan, number>();
  #lastPlan = 0;

  private constructor(
    readonly memory: WebAssembly.Memory,
    readonly kernels: KernelExports,
    readonly threads: Threads | undefined,
    relaxed: boolean,
  ) {
    const count = threads?.count ?? 1;
    this.description = `WebAssembly, ${count} thread${count > 1 ? 's' : ''}, ${relaxed ? 'relaxed ' : ''}SIMD`;
    const grow = (end: number): void => {
      const pages = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
      if (pages <= 0) return;
      try {
        memory.grow(pages);
      } catch (cause) {
        throw new OutOfMemoryError(`the memory cannot grow to ${end} bytes`, { cause });
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
    relaxed = hasRelaxedSimd(),
  }: WasmMemoryOptions = {}): Promise<WasmMemory> {
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
      return new WasmMemory(memory, exports as unknown as KernelExports, workers, relaxed);
    } catch (cause) {
      throw new InferenceKernelError(`no memory for kernels: ${(cause as Error).message}`, { cause });
    }
  }

  get scratchPieces(): number {
    return this.threads?.count ?? 1;
  }

  take(bytes: number): number {
    return this.#allocator.take(bytes);
  }

  /** What was taken is there. */
  async ready(): Promise<void> {}

  give(at: number, bytes: number): void {
    this.#allocator.give(at, bytes);
  }

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

  writeWords(at: number, words: Uint32Array): void {
    this.words(at, words.length).set(words);
  }

  async readWords(at: number, count: number): Promise<Uint32Array> {
    return this.words(at, count).slice();
  }

  addWeights(shape: readonly number[], layout: WeightLayout): Weights {
    const [rows = 1, size = 1] = layout === 'vector' ? [1, shape[0]] : shape;
    const elements = {
      matrix: paddedSize(rows) * paddedSize(size),
      vector: paddedSize(size),
      table: Math.ceil((rows * size) / 4) * 4 + 4, // four lanes may be read from the last element on
    }[layout];
    const bytes = 4 * elements;
    const at = this.take(bytes);
    this.floats(at, elements).fill(0);
    return { shape, layout, at, bytes };
  }

  write({ shape, layout, at, bytes }: Weights, values: Float32Array): void {
    const [rows = 1, size = 1] = shape;
    if (layout !== 'matrix') {
      const floats = this.floats(at, bytes / 4);
      floats.set(values);
      floats.fill(0, values.length);
      return;
    }
    // Some rows at a time: packing needs them in memory.
    const some = Math.min(paddedSize(rows), Math.max(8, paddedSize(Math.floor(65536 / size))));
    const stage = this.take(4 * some * size);
    for (let row = 0; row < rows; row += some) {
      const count = Math.min(some, rows - row);
      this.floats(stage, count * size).set(values.subarray(row * size, (row + count) * size));
      const target = at + 4 * row * paddedSize(size);
      this.kernels['pack']!(stage, 4 * size, count, size, target, paddedSize(size));
    }
    this.give(stage, 4 * some * size);
  }

  async read({ shape, layout, at, bytes }: Weights): Promise<Float32Array> {
    const there = this.floats(at, bytes / 4);
    const values = new Float32Array(shape.reduce((n, axis) => n * axis, 1));
    if (layout !== 'matrix') return there.slice(0, values.length);
    for (let i = 0; i < values.length; i++) values[i] = there[packedIndex(shape, i)]!;
    return values;
  }

  offsets(
    { shape, layout, at }: Weights,
    indices: ArrayLike<number>,
    offsets: Uint32Array,
    from: number,
  ): void {
    if (layout !== 'matrix') {
      for (let i = 0; i < indices.length; i++) offsets[from + i] = at + 4 * indices[i]!;
      return;
    }
    for (let i = 0; i < indices.length; i++) offsets[from + i] = at + 4 * packedIndex(shape, indices[i]!);
  }

  submit(plan: Plan): void {
    runPhases(this.kernels, plan, 0, 1, undefined);
  }

  async run(plan: Plan, inputs: Iterable<PlanInput>, outputs: Iterable<PlanOutput>): Promise<void> {
    for (const { at, words } of inputs) this.words(at, words.length).set(words);
    if (this.threads === undefined) this.submit(plan);
    else {
      let id = this.#plans.get(plan);
      if (id === undefined) {
        id = ++this.#lastPlan;
        this.#plans.set(plan, id);
        this.threads.add(id, plan);
      }
      await this.threads.run(id);
    }
    for (const { at, rows, size, values } of outputs) {
      const stride = paddedSize(size);
      const floats = this.floats(at, rows * stride);
      for (let row = 0; row < rows; row++) {
        values.set(floats.subarray(row * stride, row * stride + size), row * size);
      }
    }
  }

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

/** Which word of a packed matrix an element is (assembly/pack.ts). */
function packedIndex([, size = 1]: readonly number[], index: number): number {
  const row = Math.floor(index / size);
  const column = index - row * size;
  return (row >>> 3) * 8 * paddedSize(size) + 8 * column + (row & 7);
}
