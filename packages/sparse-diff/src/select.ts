import { ArgumentError, TensorError } from './errors.ts';
import { bitsOf } from './values.ts';

/**
 * Finds the k entries of largest magnitude over many tensors without sorting and without a copy: the bit pattern
 * of |x| grows with |x|, so that two histograms, of its upper 15 and its lower 16 bits, give the k-th largest
 * magnitude exactly. Three passes over the same tensors in the same order: `countUpper`, then `keep(k)`,
 * `countLower`, `take`.
 */
export class LargestSelection {
  readonly #upper = new Float64Array(2 ** 15);
  readonly #lower = new Float64Array(2 ** 16);
  /** Number of entries that the first pass has seen. */
  total = 0;
  #k = 0;
  #bin = 0;
  #threshold: number | undefined;
  /** Entries above the current bin, then those equal to the threshold that are still to be taken. */
  #above = 0;
  #ties = 0;

  /** First pass. @throws TensorError for a NaN */
  countUpper(name: string, data: Float32Array): void {
    const bits = bitsOf(data);
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i]! & 0x7fffffff;
      if (magnitude > 0x7f800000) throw new TensorError(name, `element ${i} is NaN, which has no magnitude`);
      this.#upper[magnitude >>> 16]!++;
    }
    this.total += data.length;
  }

  /** Between the passes. @throws ArgumentError unless k is an integer from 0 to the number of entries */
  keep(k: number): void {
    if (!Number.isSafeInteger(k) || k < 0 || k > this.total) {
      throw new ArgumentError(`${k} entries to keep: expected a whole number from 0 to ${this.total}`);
    }
    this.#k = k;
    this.#bin = this.#find(this.#upper);
  }

  /** Second pass. */
  countLower(data: Float32Array): void {
    const bits = bitsOf(data);
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i]! & 0x7fffffff;
      if (magnitude >>> 16 === this.#bin) this.#lower[magnitude & 0xffff]!++;
    }
  }

  /** Third pass: the positions of this tensor's entries among the k, ascending; of equal ones, the first. */
  take(data: Float32Array): Uint32Array {
    if (this.#threshold === undefined) {
      this.#threshold = this.#bin * 2 ** 16 + this.#find(this.#lower);
      this.#ties = this.#k - this.#above;
    }
    const { positions, ties } = largerThan(data, this.#threshold, this.#ties);
    this.#ties -= ties;
    return positions;
  }

  /** The highest bin at which the entries above and in it are at least k. */
  #find(histogram: Float64Array): number {
    let bin = histogram.length - 1;
    while (bin > 0 && this.#above + histogram[bin]! < this.#k) this.#above += histogram[bin--]!;
    return bin;
  }
}

/**
 * The positions of entries whose magnitude's bit pattern is above the threshold, ascending, with the first
 * `maxTies` that equal it, and how many of these there are.
 */
export function largerThan(
  data: Float32Array,
  threshold: number,
  maxTies: number,
): { positions: Uint32Array; ties: number } {
  const bits = bitsOf(data);
  let above = 0;
  let equal = 0;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > threshold) above++;
    else if (magnitude === threshold) equal++;
  }
  const ties = Math.min(equal, maxTies);
  const positions = new Uint32Array(above + ties);
  for (let i = 0, found = 0, left = ties; found < positions.length; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > threshold || (magnitude === threshold && left-- > 0)) positions[found++] = i;
  }
  return { positions, ties };
}

/**
 * The k entries of largest magnitude over all tensors together. Of equal magnitudes, those of the first tensor,
 * then of the lowest position, are taken.
 *
 * @param tensors iterated three times
 * @returns for each tensor the positions of its entries among the k, ascending
 * @throws TensorError for a NaN, ArgumentError where k is not an integer from 0 to the number of entries
 */
export function selectLargest(
  tensors: Iterable<{ readonly name: string; readonly data: Float32Array }>,
  k: number,
): Map<string, Uint32Array> {
  const selection = new LargestSelection();
  for (const { name, data } of tensors) selection.countUpper(name, data);
  selection.keep(k);
  for (const { data } of tensors) selection.countLower(data);
  const selected = new Map<string, Uint32Array>();
  for (const { name, data } of tensors) selected.set(name, selection.take(data));
  return selected;
}
