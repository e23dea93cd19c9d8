import type { ResidentWeights } from './weights.ts';

/** A change of resident weights. */
export interface WeightChange {
  readonly name: string;
  /** Elements that change, all different, counted row by row; undefined for all of them. */
  readonly positions: Uint32Array | undefined;
  /** @param before what is there, in the positions' order */
  after(before: Float32Array): Float32Array;
}

/** A whole tensor that changes places with another. */
interface Piece {
  readonly at: number;
  readonly other: number;
  readonly bytes: number;
}

let made = 0;

/**
 * Changes of resident weights, ready to be put on: new values lie in memory beside the addresses where they go. Putting
 * them on lets old and new ones change places, and so does taking them off, so that every bit comes back. It takes 8
 * bytes for an element, or 4 where a tensor changes as a whole.
 */
export class Overlay {
  readonly #copies: string[] = [];
  readonly #pieces: Piece[] = [];
  readonly #at: number;
  readonly #count: number;
  #isOn = false;

  /**
   * @param weights that no overlay is on
   * @param changes of different weights
   */
  constructor(
    readonly weights: ResidentWeights,
    changes: readonly WeightChange[],
  ) {
    const { memory } = weights;
    const sparse = changes.flatMap(({ name, positions, after }) =>
      positions ? [{ name, positions, after }] : [],
    );
    const count = sparse.reduce((sum, { positions }) => sum + positions.length, 0);
    this.#count = count;
    this.#at = memory.take(8 * count);
    const addresses = new Uint32Array(count);
    let from = 0;
    for (const { name, positions } of sparse) {
      weights.addresses(name, positions, addresses, from);
      from += positions.length;
    }
    memory.words(this.#at, count).set(addresses);
    const words = this.#at + 4 * count;
    memory.kernels['gather']!(this.#at, words, count);
    const values = memory.floats(words, count);
    from = 0;
    for (const { positions, after } of sparse) {
      const part = values.subarray(from, from + positions.length);
      part.set(after(part.slice()));
      from += positions.length;
    }
    for (const change of changes) if (change.positions === undefined) this.#addPiece(change);
  }

  #addPiece({ name, after }: WeightChange): void {
    const { weights } = this;
    const { shape, layout, at, bytes } = weights.place(name);
    const copy = `overlay ${++made} of ${name}`;
    weights.add(copy, shape, layout);
    weights.write(copy, after(weights.read(name)));
    this.#copies.push(copy);
    this.#pieces.push({ at, other: weights.at(copy, layout), bytes });
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#pieces.reduce((sum, { bytes }) => sum + bytes, 8 * this.#count);
  }

  /** Puts the changes on where they are off, and takes them off where they are on. No program may run meanwhile. */
  toggle(): void {
    const { kernels } = this.weights.memory;
    kernels['exchangeWords']!(this.#at, this.#at + 4 * this.#count, this.#count);
    for (const { at, other, bytes } of this.#pieces) kernels['exchange']!(at, other, bytes);
    this.#isOn = !this.#isOn;
  }

  /** Takes the changes off, if they are on, and frees their memory. */
  dispose(): void {
    if (this.#isOn) this.toggle();
    this.weights.memory.give(this.#at, 8 * this.#count);
    for (const copy of this.#copies.splice(0)) this.weights.remove(copy);
  }
}
