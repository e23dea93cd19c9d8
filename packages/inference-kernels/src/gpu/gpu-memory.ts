/// <reference types="@webgpu/types" />
import { DeviceLostError, InferenceKernelError } from '../errors.ts';
import { segmentOf, type KernelMemory, type PlanInput, type PlanOutput } from '../memory.ts';
import type { WeightLayout, Weights } from '../memory.ts';
import type { Plan } from '../run-phases.ts';
import { paddedSize } from '../steps.ts';
import { layOut, takeUp, weightBytes, wordOf } from './layout.ts';
import { Pipelines, type Dispatch, type Products } from './pipelines.ts';
import { Segments } from './segments.ts';
import { quickerProducts } from './trial.ts';

/** Milliseconds in which a device that failed says that it was lost. */
const patience = 1000;

/** Buffers of a GPU. */
export class GpuMemory implements KernelMemory {
  /** Kernels need none. */
  readonly scratchPieces = 0;
  readonly lost: Promise<DeviceLostError>;
  readonly #segments: Segments;
  readonly #pipelines: Pipelines;
  readonly #plans = new Map<Plan, readonly Dispatch[]>();
  /** Where outputs are read from, as large as the largest, when nobody else reads. */
  #results: GPUBuffer | undefined;
  #end: DeviceLostError | undefined;
  /** What went wrong where nobody waited for it. */
  #failure: InferenceKernelError | undefined;

  private constructor(
    readonly device: GPUDevice,
    readonly name: string,
  ) {
    this.#segments = new Segments(device);
    this.#pipelines = new Pipelines(device, (address) => this.#segments.buffer(address));
    this.lost = new Promise((resolve) => {
      void device.lost.then(({ message }) => {
        if (this.#end !== undefined) return; // it was disposed of
        this.#end = new DeviceLostError(message);
        resolve(this.#end);
      });
    });
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      const { message } = (event as GPUUncapturedErrorEvent).error;
      this.#failure ??= new InferenceKernelError(`the GPU failed: ${message}`);
    });
  }

  /**
   * @param products how they are computed; as a short trial says, if undefined
   * @throws InferenceKernelError if the device cannot be had, or computes wrong numbers
   */
  static async create(adapter: GPUAdapter, products?: Products): Promise<GpuMemory> {
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    const { info } = adapter as { info?: Partial<Record<'description' | 'vendor' | 'architecture', string>> };
    const named = [info?.vendor, info?.architecture].filter(Boolean).join(' ');
    let device: GPUDevice;
    try {
      device = await adapter.requestDevice({
        requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
      });
    } catch (cause) {
      throw new InferenceKernelError(`no GPU device: ${(cause as Error).message}`, { cause });
    }
    const memory = new GpuMemory(device, info?.description || named || 'a GPU');
    try {
      memory.products = products ?? (await quickerProducts(memory));
    } catch (error) {
      memory.dispose();
      throw error;
    }
    return memory;
  }

  get description(): string {
    return `WebGPU, ${this.name}, ${this.products} products`;
  }

  /** How plans that are run first from here on compute products. */
  get products(): Products {
    return this.#pipelines.products;
  }
  set products(products: Products) {
    this.#pipelines.products = products;
  }

  get taken(): number {
    return this.#segments.taken;
  }

  take(bytes: number): number {
    return this.#segments.takeAlone(bytes);
  }

  addWeights(shape: readonly number[], layout: WeightLayout): Weights {
    const bytes = weightBytes(shape, layout);
    const at = this.#segments.takeShared(bytes);
    const encoder = this.device.createCommandEncoder();
    encoder.clearBuffer(this.#segments.buffer(at), at - segmentOf(at), bytes);
    this.device.queue.submit([encoder.finish()]);
    return { shape, layout, at, bytes };
  }

  ready(): Promise<void> {
    return this.#segments.ready();
  }

  give(at: number, bytes: number): void {
    this.#segments.give(at, bytes);
  }

  write(weights: Weights, values: Float32Array): void {
    this.#write(weights.at, layOut(weights, values));
  }

  async read(weights: Weights): Promise<Float32Array> {
    const words = await this.readWords(weights.at, weights.bytes / 4);
    return takeUp(weights, new Float32Array(words.buffer));
  }

  offsets(weights: Weights, indices: ArrayLike<number>, offsets: Uint32Array, from: number): void {
    const word = wordOf(weights);
    const first = weights.at - segmentOf(weights.at);
    for (let i = 0; i < indices.length; i++) offsets[from + i] = first + 4 * word(indices[i]!);
  }

  writeWords(at: number, words: Uint32Array): void {
    this.#write(at, words);
  }

  #write(at: number, words: Uint32Array | Float32Array | Int32Array): void {
    this.device.queue.writeBuffer(this.#segments.buffer(at), at - segmentOf(at), words as BufferSource);
  }

  async readWords(at: number, count: number): Promise<Uint32Array> {
    const words = new Uint32Array(count);
    await this.#readBack([{ at, words }], () => {});
    return words;
  }

  submit(plan: Plan): void {
    const encoder = this.device.createCommandEncoder();
    this.#encode(encoder, plan);
    this.device.queue.submit([encoder.finish()]);
  }

  async run(plan: Plan, inputs: Iterable<PlanInput>, outputs: Iterable<PlanOutput>): Promise<void> {
    for (const { at, words } of inputs) this.#write(at, words);
    const rows = Array.from(outputs, (output) => {
      return { ...output, words: new Uint32Array(output.rows * paddedSize(output.size)) };
    });
    await this.#readBack(rows, (encoder) => this.#encode(encoder, plan));
    for (const { words, size, values } of rows) {
      const floats = new Float32Array(words.buffer);
      const stride = paddedSize(size);
      for (let from = 0, to = 0; from < floats.length; from += stride, to += size) {
        values.set(floats.subarray(from, from + size), to);
      }
    }
  }

  #encode(encoder: GPUCommandEncoder, plan: Plan): void {
    let dispatches = this.#plans.get(plan);
    if (dispatches === undefined) {
      dispatches = this.#pipelines.dispatches(plan.phases.flat());
      this.#plans.set(plan, dispatches);
    }
    const pass = encoder.beginComputePass();
    for (const { pipeline, bindings, groups } of dispatches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(...groups);
    }
    pass.end();
  }

  /**
   * Submits commands, and reads words as they are afterwards.
   *
   * @throws DeviceLostError, or InferenceKernelError for what the GPU refuses: never what was not computed
   */
  async #readBack(
    pieces: readonly { readonly at: number; readonly words: Uint32Array }[],
    record: (encoder: GPUCommandEncoder) => void,
  ): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    const { device } = this;
    const bytes = pieces.reduce((sum, { words }) => sum + words.byteLength, 0);
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    const results = this.#takeResults(bytes);
    const encoder = device.createCommandEncoder();
    record(encoder);
    let to = 0;
    for (const { at, words } of pieces) {
      const buffer = this.#segments.buffer(at);
      encoder.copyBufferToBuffer(buffer, at - segmentOf(at), results, to, words.byteLength);
      to += words.byteLength;
    }
    device.queue.submit([encoder.finish()]);
    const errors = [device.popErrorScope(), device.popErrorScope()];
    const mapped = results.mapAsync(GPUMapMode.READ, 0, bytes);
    const [map, ...scopes] = await Promise.allSettled([mapped, ...errors]);
    const found = scopes.flatMap((scope) => (scope.status === 'fulfilled' && scope.value) || []);
    if (map.status === 'rejected' || found.length > 0 || this.#failure || this.#end) {
      results.destroy();
      const waited = new Promise<void>((resolve) => setTimeout(resolve, patience));
      if (map.status === 'rejected' && !this.#end) await Promise.race([this.lost, waited]);
      const reason = found[0]?.message ?? (map.status === 'rejected' ? String(map.reason) : '');
      throw this.#end ?? this.#failure ?? new InferenceKernelError(`the GPU failed: ${reason}`);
    }
    const there = results.getMappedRange(0, bytes);
    let from = 0;
    for (const { words } of pieces) {
      words.set(new Uint32Array(there, from, words.length));
      from += words.byteLength;
    }
    results.unmap();
    if (this.#results === undefined) this.#results = results;
    else results.destroy();
  }

  #takeResults(bytes: number): GPUBuffer {
    const there = this.#results;
    this.#results = undefined;
    if (there !== undefined && there.size >= bytes) return there;
    there?.destroy();
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    return this.device.createBuffer({ size: bytes, usage });
  }

  drop(plan: Plan): void {
    this.#plans.delete(plan);
  }

  /** Frees all buffers; what is run or read afterwards fails. */
  dispose(): void {
    this.#end ??= new DeviceLostError('it was disposed of');
    this.device.destroy();
  }
}
