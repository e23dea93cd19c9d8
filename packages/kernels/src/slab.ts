import { KernelError } from './errors.ts';
import { unsharedView } from './shared-memory.ts';
import type { Words } from './struct.ts';
import { depth } from './thread-program.ts';
import { sharedThreads, type Threads } from './threads.ts';
import { compiledKernels, type KernelExports } from './wasm.ts';

const PAGE_BYTES = 65536;
const MAX_PAGES = 65535;
/** Pages of a slot, working memory of a job (see piece.ts): slots lie before the arrays. */
const SLOT_PAGES = 1;
export const SLOT_BYTES = SLOT_PAGES * PAGE_BYTES;

/** One for the calling thread, one for each job of the others. */
function slotsOf(threads: Threads | undefined): number {
  return 1 + depth * (threads?.all.length ?? 0);
}

/**
 * Bytes between arrays. Without it arrays whose length is a power of two would have all elements of an index in the same
 * few places of a cache: walking through nine of them took a tenth longer.
 */
const GAP_BYTES = 320;

const slabs = new WeakMap<ArrayBufferLike, Slab>();

/**
 * A fixed piece of memory for Float32Arrays that the kernels work on in place. It never grows, so its arrays stay
 * valid. All arrays of one kernel call belong to one slab. It is freed when the slab and its arrays are no longer
 * referenced.
 *
 * All threads work on it (see `setThreads`), and other native code, such as ONNX Runtime, may read and write its arrays
 * in place, while no kernel runs.
 */
export class Slab {
  /** All of its bytes again. */
  readonly words: Words;
  #next: number;

  private constructor(
    readonly memory: WebAssembly.Memory,
    /** All of its bytes. */
    readonly buffer: ArrayBuffer,
    readonly kernels: KernelExports,
    readonly threads: Threads | undefined,
    /** What its threads call its memory. */
    readonly id: number,
  ) {
    this.words = { u32: new Uint32Array(buffer), f32: new Float32Array(buffer) };
    this.#next = slotsOf(threads) * SLOT_BYTES;
  }

  /**
   * @param bytes room for arrays: the sum of `Slab.bytesFor(length)`; at most 4 GiB less some MiB. Memory is taken
   *   from the system when it is first written.
   * @throws KernelError if `bytes` is out of range, or the runtime cannot reserve it or has no WebAssembly with SIMD
   */
  static async create(bytes: number): Promise<Slab> {
    const threads = await sharedThreads();
    const shared = threads !== undefined;
    const slots = slotsOf(threads);
    const limit = (MAX_PAGES - slots * SLOT_PAGES) * PAGE_BYTES;
    if (!(Number.isInteger(bytes) && bytes >= 0 && bytes <= limit)) {
      throw new KernelError(`a slab of ${bytes} bytes: expected a whole number from 0 to ${limit}`);
    }
    const pages = slots * SLOT_PAGES + Math.ceil(bytes / PAGE_BYTES);
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
      const instance = await WebAssembly.instantiate(await compiledKernels(shared ? 'shared' : 'plain'), {
        env: { memory },
      });
      const kernels = instance.exports as unknown as KernelExports;
      const buffer = shared ? unsharedView(memory) : (memory.buffer as ArrayBuffer);
      const slab = new Slab(memory, buffer, kernels, threads, threads?.attach(memory, buffer) ?? 0);
      slabs.set(buffer, slab); // keeps the memory alive as long as an array is
      return slab;
    } catch (cause) {
      throw new KernelError(
        `cannot make a slab of ${bytes} bytes: ${(cause as Error).message}. ` +
          'It needs WebAssembly with SIMD and that much address space; several smaller slabs may fit.',
        { cause },
      );
    }
  }

  /** Bytes that `allocate(length)` takes: 4 an element, rounded up to 16, and a gap. */
  static bytesFor(length: number): number {
    return Math.ceil(length / 4) * 16 + GAP_BYTES;
  }

  /**
   * A new array of zeros, aligned to 16 bytes.
   *
   * @throws KernelError if the slab has no room for it
   */
  allocate(length: number): Float32Array {
    const begin = this.#next;
    const end = begin + Slab.bytesFor(length) - GAP_BYTES;
    if (!(Number.isInteger(length) && length >= 0 && end <= this.buffer.byteLength)) {
      const free = Math.max(0, this.buffer.byteLength - begin) / 4;
      throw new KernelError(`cannot allocate ${length} elements: the slab has room for ${free} more`);
    }
    this.#next = end + GAP_BYTES;
    return new Float32Array(this.buffer, begin, length);
  }
}

/**
 * The slab that all arrays of a call belong to.
 *
 * @param kernel the kernel's name, for messages
 * @throws KernelError if an array belongs to no slab or to another one than the first, or has another length
 */
export function slabOf(kernel: string, arrays: Readonly<Record<string, Float32Array>>): Slab {
  let first: { name: string; slab: Slab; length: number } | undefined;
  for (const name in arrays) {
    const array = arrays[name]!;
    const slab = slabs.get(array.buffer);
    if (slab === undefined) {
      throw new KernelError(`${kernel}: \`${name}\` lies in no slab: allocate it with Slab.allocate`);
    }
    first ??= { name, slab, length: array.length };
    if (slab !== first.slab) {
      throw new KernelError(
        `${kernel}: \`${name}\` lies in another slab than \`${first.name}\`: all arrays of a call lie in one`,
      );
    }
    if (array.length !== first.length) {
      throw new KernelError(
        `${kernel}: \`${name}\` has ${array.length} elements, \`${first.name}\` ${first.length}`,
      );
    }
  }
  if (first === undefined) throw new KernelError(`${kernel}: no arrays`);
  return first.slab;
}
