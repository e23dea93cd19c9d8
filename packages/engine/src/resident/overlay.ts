import {
  exchangeStep,
  gatherStep,
  scatterStep,
  segmentOf,
  type Plan,
  type Step,
} from '@diffprune/inference-kernels';
import type { ResidentWeights } from './weights.ts';

/** A change of resident weights. */
export interface WeightChange {
  readonly name: string;
  /** Elements that change, all different, counted row by row; undefined for all of them. */
  readonly positions: Uint32Array | undefined;
  /** @param before what is there, in the positions' order */
  after(before: Float32Array): Float32Array;
}

/** A change of some elements. */
type SparseChange = WeightChange & { readonly positions: Uint32Array };

const planOf = (steps: readonly Step[]): Plan => ({ phases: [steps], scratch: 0, scratchBytes: 0 });

/**
 * Changes of resident weights, ready to be put on: new values and old ones lie in memory beside the offsets where they go,
 * so that every bit comes back; tensors that change as a whole change places with others. It takes 12 bytes for an
 * element, or 4 where a tensor changes as a whole.
 */
export class Overlay {
  readonly #taken: { readonly at: number; readonly bytes: number }[] = [];
  readonly #on: Step[] = [];
  readonly #off: Step[] = [];
  readonly #plans = { on: planOf(this.#on), off: planOf(this.#off) };
  #isOn = false;

  private constructor(readonly weights: ResidentWeights) {}

  /**
   * @param weights that no overlay is on, and that no program runs over meanwhile
   * @param changes of different weights
   * @throws InferenceKernelError where there is not enough memory; then nothing is taken
   */
  static async create(weights: ResidentWeights, changes: readonly WeightChange[]): Promise<Overlay> {
    const overlay = new Overlay(weights);
    try {
      const bySegment = new Map<number, SparseChange[]>();
      for (const change of changes) {
        const { positions } = change;
        if (positions?.length === 0) continue;
        if (weights.place(change.name).half) overlay.#changeHalves(change);
        else if (positions === undefined) await overlay.#exchangeAll(change);
        else {
          const segment = segmentOf(weights.place(change.name).at);
          bySegment.set(segment, [...(bySegment.get(segment) ?? []), { ...change, positions }]);
        }
      }
      for (const each of bySegment) await overlay.#changeWords(...each);
      await weights.memory.ready();
    } catch (error) {
      overlay.dispose();
      throw error;
    }
    return overlay;
  }

  async #changeWords(segment: number, changes: readonly SparseChange[]): Promise<void> {
    const { weights } = this;
    const { memory } = weights;
    const count = changes.reduce((sum, { positions }) => sum + positions.length, 0);
    const padded = Math.ceil(count / 4) * 4; // a GPU takes four at a time
    const at = this.#take(12 * padded);
    const [words, before] = [at + 4 * padded, at + 8 * padded];
    const offsets = new Uint32Array(count);
    let from = 0;
    for (const { name, positions } of changes) {
      memory.offsets(weights.place(name), positions, offsets, from);
      from += positions.length;
    }
    const gather = planOf([gatherStep(segment, at, before, count)]);
    memory.writeWords(at, offsets);
    memory.submit(gather);
    const values = new Float32Array((await memory.readWords(before, count)).buffer);
    from = 0;
    for (const { positions, after } of changes) {
      const part = values.subarray(from, from + positions.length);
      part.set(after(part.slice()));
      from += positions.length;
    }
    sortByOffset(offsets, new Uint32Array(values.buffer));
    memory.writeWords(at, offsets);
    memory.writeWords(words, new Uint32Array(values.buffer));
    memory.submit(gather); // once more, in the order of memory
    memory.drop(gather);
    this.#on.push(scatterStep(segment, at, words, count));
    this.#off.push(scatterStep(segment, at, before, count));
  }

  /** Changed elements lie beside halves, as floats: they are added exactly as to floats. */
  #changeHalves({ name, positions, after }: WeightChange): void {
    const { memory } = this.weights;
    const place = this.weights.place(name);
    const change = memory.changeHalves!(place, positions, after);
    this.#taken.push(change);
    this.#exchange(place.at, change.at, 16);
  }

  async #exchangeAll({ name, after }: WeightChange): Promise<void> {
    const { memory } = this.weights;
    const place = this.weights.place(name);
    const other = { ...place, at: this.#take(place.bytes) };
    memory.write(other, after(await memory.read(place)));
    this.#exchange(place.at, other.at, place.bytes);
  }

  #exchange(a: number, b: number, bytes: number): void {
    for (const steps of [this.#on, this.#off]) steps.push(exchangeStep(a, b, bytes));
  }

  #take(bytes: number): number {
    const at = this.weights.memory.take(bytes);
    this.#taken.push({ at, bytes });
    return at;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#taken.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Puts the changes on where they are off, and takes them off where they are on. No program may run meanwhile, and no
   * other overlay be on.
   */
  toggle(): void {
    this.weights.memory.submit(this.#isOn ? this.#plans.off : this.#plans.on);
    this.#isOn = !this.#isOn;
  }

  /** Takes the changes off, if they are on, and frees their memory. */
  dispose(): void {
    const { memory } = this.weights;
    if (this.#isOn) this.toggle();
    for (const plan of Object.values(this.#plans)) memory.drop(plan);
    for (const { at, bytes } of this.#taken.splice(0)) memory.give(at, bytes);
  }
}

/** Brings offsets, which are all different, in ascending order, and their words with them: memory is quicker in order. */
function sortByOffset(offsets: Uint32Array, words: Uint32Array): void {
  const pairs = new Uint32Array(2 * offsets.length);
  for (let i = 0; i < offsets.length; i++) {
    pairs[2 * i] = words[i]!;
    pairs[2 * i + 1] = offsets[i]!; // the upper half of 64 bits: WebAssembly's and all its hosts' are little-endian
  }
  new BigUint64Array(pairs.buffer).sort();
  for (let i = 0; i < offsets.length; i++) {
    words[i] = pairs[2 * i]!;
    offsets[i] = pairs[2 * i + 1]!;
  }
}
