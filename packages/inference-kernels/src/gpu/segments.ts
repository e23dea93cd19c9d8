/// <reference types="@webgpu/types" />
import { Allocator } from '../allocator.ts';
import { OutOfMemoryError } from '../errors.ts';
import { segmentBytes, segmentOf } from '../memory.ts';

/** A buffer, and what of it is taken. */
interface Segment {
  readonly buffer: GPUBuffer;
  readonly allocator: Allocator;
  /** Whether several pieces share it. */
  readonly isShared: boolean;
  failure: OutOfMemoryError | undefined;
}

const smallest = 2 ** 20;
const largest = 2 ** 25;

/** A GPU's buffers as an address space of segments; there is none at address 0. */
export class Segments {
  readonly #segments = new Map<number, Segment>();
  #pending: Promise<unknown>[] = [];
  #last = 0;

  constructor(readonly device: GPUDevice) {}

  /** @returns the address of a piece of a buffer that pieces share. @throws OutOfMemoryError if no buffer can be so large */
  takeShared(bytes: number): number {
    for (const [base, { isShared, allocator }] of this.#segments) {
      if (!isShared) continue;
      try {
        return base + allocator.take(bytes);
      } catch {
        // full: another will do
      }
    }
    return this.#create(Math.max(bytes, Math.min(largest, Math.max(smallest, this.taken))), bytes);
  }

  /** @returns the address of a buffer. @throws OutOfMemoryError if none can be so large */
  takeAlone(bytes: number): number {
    return this.#create(bytes);
  }

  #create(size: number, shared?: number): number {
    const { device } = this;
    const bytes = Math.ceil(size / 64) * 64;
    const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    if (bytes > most) {
      throw new OutOfMemoryError(
        `${megabytes(bytes)} in one piece, of which this GPU takes at most ${megabytes(most)}: ask for fewer rows ` +
          "or shorter texts at a time, or use runtime 'wasm'",
      );
    }
    device.pushErrorScope('out-of-memory');
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size: bytes, usage });
    const allocator = new Allocator(0, (end) => {
      if (end > bytes) throw new RangeError('the segment is full');
    });
    const segment: Segment = { buffer, allocator, isShared: shared !== undefined, failure: undefined };
    const made = device.popErrorScope().then((error) => {
      if (error === null) return;
      segment.failure = new OutOfMemoryError(
        `the GPU has no room for ${megabytes(bytes)} more (${megabytes(this.taken)} are taken): remove tasks, close ` +
          `what else uses it, or use runtime 'wasm' (${error.message})`,
      );
    });
    this.#pending.push(made.catch(() => {})); // a lost device is found out by who runs something
    const base = ++this.#last * segmentBytes;
    this.#segments.set(base, segment);
    return base + allocator.take(shared ?? bytes);
  }

  /** Waits until all buffers are there. @throws OutOfMemoryError if one is not */
  async ready(): Promise<void> {
    await Promise.all(this.#pending);
    this.#pending = [];
    for (const { failure } of this.#segments.values()) if (failure) throw failure;
  }

  give(at: number, bytes: number): void {
    const base = segmentOf(at);
    const { buffer, allocator } = this.#segments.get(base)!;
    allocator.give(at - base, bytes);
    if (allocator.taken > 0) return;
    buffer.destroy();
    this.#segments.delete(base);
  }

  get taken(): number {
    return Array.from(this.#segments.values(), ({ allocator }) => allocator.taken).reduce((a, b) => a + b, 0);
  }

  /** The buffer that an address is in. */
  buffer(address: number): GPUBuffer {
    return this.#segments.get(segmentOf(address))!.buffer;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
