import { paddedSize, type KernelMemory } from '@diffprune/inference-kernels';
import { ProgramError } from '../errors.ts';

/** How weights lie in memory: packed for a linear layer, as a padded vector, or row by row, as a table that is looked up. */
export type WeightLayout = 'matrix' | 'vector' | 'table';

/** Weights in memory. */
export interface Place {
  readonly shape: readonly number[];
  readonly layout: WeightLayout;
  readonly at: number;
  readonly bytes: number;
}

/** Named weights in the memory of kernels: written once, read by all programs, and changed in place. */
export class ResidentWeights {
  readonly #places = new Map<string, Place>();

  constructor(readonly memory: KernelMemory) {}

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /**
   * Takes memory for weights, all 0; nothing where they are there.
   *
   * @param shape [columns, inner] of a matrix, [size] of a vector, [rows, size] of a table
   * @throws ProgramError if they are there with another shape or layout
   */
  add(name: string, shape: readonly number[], layout: WeightLayout): void {
    const there = this.#places.get(name);
    if (there !== undefined) {
      if (there.layout === layout && String(there.shape) === String(shape)) return;
      throw new ProgramError(
        `"${name}" is resident as a ${there.layout} [${there.shape}]; it cannot be a ${layout} [${shape}] as well`,
      );
    }
    const [rows = 1, size = 1] = layout === 'vector' ? [1, shape[0]] : shape;
    const elements = {
      matrix: paddedSize(rows) * paddedSize(size),
      vector: paddedSize(size),
      table: Math.ceil((rows * size) / 4) * 4 + 4, // four lanes may be read from the last element on
    }[layout];
    const bytes = 4 * elements;
    const at = this.memory.take(bytes);
    this.memory.floats(at, elements).fill(0);
    this.#places.set(name, { shape, layout, at, bytes });
  }

  /** Frees weights that no program needs any more. */
  remove(name: string): void {
    const { at, bytes } = this.place(name);
    this.memory.give(at, bytes);
    this.#places.delete(name);
  }

  /** The address of weights of a layout. @throws ProgramError if they are not there, or lie otherwise */
  at(name: string, layout: WeightLayout): number {
    const place = this.place(name);
    if (place.layout === layout) return place.at;
    throw new ProgramError(`"${name}" is resident as a ${place.layout}, and read as a ${layout}`);
  }

  /** Overwrites weights. @param values row by row */
  write(name: string, values: Float32Array): void {
    const { memory } = this;
    const { shape, layout, at } = this.place(name);
    const [rows = 1, size = 1] = shape;
    if (layout !== 'matrix') {
      memory.floats(at, values.length).set(values);
      return;
    }
    // Some rows at a time: packing needs them in memory.
    const some = Math.min(paddedSize(rows), Math.max(8, paddedSize(Math.floor(65536 / size))));
    const bytes = 4 * some * size;
    const stage = memory.take(bytes);
    for (let row = 0; row < rows; row += some) {
      const count = Math.min(some, rows - row);
      memory.floats(stage, count * size).set(values.subarray(row * size, (row + count) * size));
      const target = at + 4 * row * paddedSize(size);
      memory.kernels['pack']!(stage, 4 * size, count, size, target, paddedSize(size));
    }
    memory.give(stage, bytes);
  }

  /** A copy of weights, row by row. */
  read(name: string): Float32Array {
    const { shape, layout, at, bytes } = this.place(name);
    const there = this.memory.floats(at, bytes / 4);
    const [rows = 1, size = 1] = layout === 'matrix' ? shape : [1, shape.reduce((n, axis) => n * axis, 1)];
    if (layout !== 'matrix') return there.slice(0, size);
    const values = new Float32Array(rows * size);
    for (let i = 0; i < values.length; i++) values[i] = there[this.#word(shape, i)]!;
    return values;
  }

  /**
   * Where elements lie.
   *
   * @param indices of elements, counted row by row
   * @param addresses overwritten from `from` on, in bytes
   */
  addresses(name: string, indices: ArrayLike<number>, addresses: Uint32Array, from: number): void {
    const { shape, layout, at } = this.place(name);
    if (layout !== 'matrix') {
      for (let i = 0; i < indices.length; i++) addresses[from + i] = at + 4 * indices[i]!;
      return;
    }
    for (let i = 0; i < indices.length; i++) addresses[from + i] = at + 4 * this.#word(shape, indices[i]!);
  }

  /** Which word of a packed matrix an element is (pack.ts of the kernels). */
  #word([, size = 1]: readonly number[], index: number): number {
    const row = Math.floor(index / size);
    const column = index - row * size;
    return (row >>> 3) * 8 * paddedSize(size) + 8 * column + (row & 7);
  }

  /** Where weights lie. @throws ProgramError if they are not there */
  place(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) throw new ProgramError(`no weights are resident as "${name}"`);
    return place;
  }
}
