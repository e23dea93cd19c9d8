import { kernelsWasm } from './generated/kernels-wasm.ts';

/** A kernel was called with arrays or numbers that it cannot work on, or a slab cannot be had. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}

/** The compiled module's functions (assembly/index.ts): pointers and counts in, nothing out. */
export type KernelExports = Record<
  | 'uniform'
  | 'dropoutMask'
  | 'gateSampled'
  | 'gateTempered'
  | 'gateDeterministic'
  | 'gateSumsSampled'
  | 'gateSumsTempered'
  | 'gateUpdateSampled'
  | 'gateUpdateTempered'
  | 'adamw'
  | 'squaredNorms',
  (...numbers: number[]) => void
>;

/** The first page holds the kernels' own working memory (see vectors.ts), arrays come after it. */
export const RESERVED_BYTES = 65536;
const PAGE_BYTES = 65536;
const MAX_PAGES = 65535;

const slabs = new WeakMap<ArrayBufferLike, Slab>();
let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * A fixed piece of memory for Float32Arrays that the kernels work on. It never grows, so its arrays stay valid;
 * it is not shared, so that other WebAssembly and native code may read its arrays in place. All arrays of one
 * kernel call lie in one slab. It is freed when the slab and its arrays are no longer referenced.
 */
export class Slab {
  #next = RESERVED_BYTES;

  private constructor(
    readonly buffer: ArrayBufferLike,
    readonly kernels: KernelExports,
  ) {}

  /**
   * @param bytes room for arrays: the sum of `Slab.bytesFor(length)`; at most 65,534 pages of 64 KiB (4 GiB less
   *   128 KiB). Memory is taken from the system when it is first written.
   * @throws KernelError if `bytes` is out of range, or the runtime cannot reserve it or has no WebAssembly SIMD
   */
  static async create(bytes: number): Promise<Slab> {
    const limit = MAX_PAGES * PAGE_BYTES - RESERVED_BYTES;
    if (!(Number.isInteger(bytes) && bytes >= 0 && bytes <= limit)) {
      throw new KernelError(`a slab of ${bytes} bytes: expected a whole number from 0 to ${limit}`);
    }
    const pages = Math.ceil((RESERVED_BYTES + bytes) / PAGE_BYTES);
    compiled ??= WebAssembly.compile(Uint8Array.from(atob(kernelsWasm), (c) => c.charCodeAt(0)));
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
      const instance = await WebAssembly.instantiate(await compiled, { env: { memory } });
      const slab = new Slab(memory.buffer, instance.exports as unknown as KernelExports);
      slabs.set(memory.buffer, slab);
      return slab;
    } catch (cause) {
      throw new KernelError(
        `cannot make a slab of ${bytes} bytes: ${(cause as Error).message}. ` +
          'It needs WebAssembly with SIMD and that much address space; several smaller slabs may fit.',
        { cause },
      );
    }
  }

  /** Bytes that `allocate(length)` takes: 4 an element, rounded up to 16. */
  static bytesFor(length: number): number {
    return Math.ceil(length / 4) * 16;
  }

  /**
   * A new array of zeros, aligned to 16 bytes.
   *
   * @throws KernelError if the slab has no room for it
   */
  allocate(length: number): Float32Array {
    const begin = this.#next;
    const end = begin + Slab.bytesFor(length);
    if (!(Number.isInteger(length) && length >= 0 && end <= this.buffer.byteLength)) {
      const free = (this.buffer.byteLength - begin) / 4;
      throw new KernelError(`cannot allocate ${length} elements: the slab has room for ${free} more`);
    }
    this.#next = end;
    return new Float32Array(this.buffer, begin, length);
  }
}

/**
 * The slab that all arrays of a call lie in.
 *
 * @param kernel the kernel's name, for messages
 * @throws KernelError if an array lies in no slab or in another slab than the first, or has another length
 */
export function slabOf(kernel: string, arrays: Readonly<Record<string, Float32Array>>): Slab {
  let first: { name: string; slab: Slab; length: number } | undefined;
  for (const [name, array] of Object.entries(arrays)) {
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
