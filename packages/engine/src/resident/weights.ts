import {
  addressOf,
  type HalfFormat,
  type KernelMemory,
  type WeightLayout,
  type Weights,
} from '@diffprune/inference-kernels';
import { ProgramError } from '../errors.ts';

/** Named weights in the memory of kernels: written once, read by all programs, and changed in place. */
export class ResidentWeights {
  readonly #places = new Map<string, Weights>();

  constructor(readonly memory: KernelMemory) {}

  has(name: string): boolean {
    return this.#places.has(name);
  }

  get names(): readonly string[] {
    return [...this.#places.keys()];
  }

  /**
   * Takes memory for weights, all 0; nothing where they are there.
   *
   * @param shape [columns, inner] of a matrix, [size] of a vector, [rows, size] of a table
   * @param half as which they may be kept, because it holds all that will be written (`halfFormat`)
   * @throws ProgramError if they are there with another shape or layout
   */
  add(name: string, shape: readonly number[], layout: WeightLayout, half?: HalfFormat): void {
    const there = this.#places.get(name);
    if (there === undefined) this.#places.set(name, this.memory.addWeights(shape, layout, half));
    else if (there.layout !== layout || String(there.shape) !== String(shape)) {
      throw new ProgramError(
        `"${name}" is resident as a ${there.layout} [${there.shape}]; it cannot be a ${layout} [${shape}] as well`,
      );
    }
  }

  /** Frees weights that no program needs any more. */
  remove(name: string): void {
    const { at, bytes } = this.place(name);
    this.memory.give(at, bytes);
    this.#places.delete(name);
  }

  /** The address of weights of a layout, for a step. @throws ProgramError if they are not there, or lie otherwise */
  at(name: string, layout: WeightLayout): number {
    const place = this.place(name);
    if (place.layout === layout) return addressOf(place);
    throw new ProgramError(`"${name}" is resident as a ${place.layout}, and read as a ${layout}`);
  }

  /** Overwrites weights. @param values row by row */
  write(name: string, values: Float32Array): void {
    this.memory.write(this.place(name), values);
  }

  /** A copy of weights, row by row. */
  read(name: string): Promise<Float32Array> {
    return this.memory.read(this.place(name));
  }

  /** Where weights lie. @throws ProgramError if they are not there */
  place(name: string): Weights {
    const place = this.#places.get(name);
    if (place === undefined) throw new ProgramError(`no weights are resident as "${name}"`);
    return place;
  }
}
