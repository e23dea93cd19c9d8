import { Allocator } from './allocator.ts';
import { InferenceKernelError, OutOfMemoryError, type DeviceLostError } from './errors.ts';
import { fromHalf, halfFormats, halfHead, type HalfFormat } from './half.ts';
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

  addWeights(shape: readonly number[], layout: WeightLayout, half?: HalfFormat): Weights {
    const elements = elementsOf(shape, layout);
    const bytes = half ? halfHead + 2 * elements : 4 * elements;
    const at = this.take(bytes);
    this.words(at, bytes / 4).fill(0);
    if (half) this.words(at, 5)[4] = halfFormats[half];
    return { shape, layout, at, bytes, half };
  }

  write(weights: Weights, values: Float32Array): void {
    const { shape, layout, at, bytes, half } = weights;
    const [rows = 1, size = 1] = shape;
    if (half) {
      const whole = { shape, layout, at: 0, bytes: 4 * elementsOf(shape, layout) };
      whole.at = this.take(whole.bytes);
      this.write(whole, values);
      this.kernels['narrow']!(whole.at, whole.bytes / 4, halfFormats[half], at + halfHead);
      this.give(whole.at, whole.bytes);
      return;
    }
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

  async read(weights: Weights): Promise<Float32Array> {
    const { shape, layout, at, bytes, half } = weights;
    if (half) return this.#readHalves(weights);
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

  /** Weights as they are with the change that is on. */
  #readHalves({ shape, layout, at, half }: Weights): Float32Array | Promise<Float32Array> {
    const [count, places, values, whole] = this.words(at, 4) as unknown as [number, number, number, number];
    if (whole > 0) return this.read({ shape, layout, at: whole, bytes: 4 * elementsOf(shape, layout) });
    const changed = new Map<number, number>();
    const [keys, floats] = [this.words(places, count), this.floats(values, count)];
    for (let i = 0; i < count; i++) changed.set(keys[i]!, floats[i]!);
    const halves = new Uint16Array(this.memory.buffer, at + halfHead);
    const all = new Float32Array(shape.reduce((n, axis) => n * axis, 1));
    for (let i = 0; i < all.length; i++) {
      const index = layout === 'matrix' ? packedIndex(shape, i) : i;
      all[i] = changed.get(index) ?? fromHalf(halves[index]!, half!);
    }
    return all;
  }

  changeHalves(
    { shape, layout, at, half }: Weights,
    positions: Uint32Array | undefined,
    after: (before: Float32Array) => Float32Array,
  ): { at: number; bytes: number } {
    const halves = new Uint16Array(this.memory.buffer, at + halfHead);
    const indexOf = (i: number): number => (layout === 'matrix' ? packedIndex(shape, i) : i);
    const count = positions?.length ?? shape.reduce((n, axis) => n * axis, 1);
    const indices = Float64Array.from({ length: count }, (_, i) => indexOf(positions ? positions[i]! : i));
    const values = after(Float32Array.from(indices, (index) => fromHalf(halves[index]!, half!)));
    const bytes = halfHead + (positions ? 8 * count : 4 * elementsOf(shape, layout));
    const change = this.take(bytes);
    const first = change + halfHead;
    if (positions === undefined) {
      this.write({ shape, layout, at: first, bytes: bytes - halfHead }, values);
      this.words(change, 4).set([0, 0, 0, first]);
      return { at: change, bytes };
    }
    // Sorted by where they lie: index and place in the list make one number, which a double holds exactly.
    const ordered = indices.map((index, i) => index * count + i).sort();
    this.words(change, 4).set([count, first, first + 4 * count, 0]);
    const [places, floats] = [this.words(first, count), this.floats(first + 4 * count, count)];
    ordered.forEach((both, i) => {
      places[i] = Math.floor(both / count);
      floats[i] = values[both % count]!;
    });
    return { at: change, bytes };
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
        this.threads.add(id, plan);
        this.#plans.set(plan, id);
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

/** Elements of weights in memory, with what they are padded with. */
function elementsOf(shape: readonly number[], layout: WeightLayout): number {
  const [rows = 1, size = 1] = layout === 'vector' ? [1, shape[0]] : shape;
  return {
    matrix: paddedSize(rows) * paddedSize(size),
    vector: paddedSize(size),
    table: Math.ceil((rows * size) / 8) * 8 + 8, // eight may be read from the last element on
  }[layout];
}

/** Which word of a packed matrix an element is (assembly/pack.ts). */
function packedIndex([, size = 1]: readonly number[], index: number): number {
  const row = Math.floor(index / size);
  const column = index - row * size;
  return (row >>> 3) * 8 * paddedSize(size) + 8 * column + (row & 7);
}
