import { halfOpen, type HardConcreteOptions } from '@diffprune/hard-concrete';
import { isEmpty, rowsTaken } from './table-rows.ts';

/** Equal parts of [0, 1] that gates are counted in. */
export const gateBins = 20;

/**
 * Counts gates by the probability that they are open, P(z > 0) = σ(α - α½) with α½ where it is a half, times that of their
 * group. Gates of rows that were never read have learnt nothing, and are left out.
 *
 * @param counts added to, {@link gateBins} of them
 * @param alpha log-odds, in the places of `order` if the tensor is a table of which rows were read
 * @param open the probability that the group's gate is open, 1 without groups
 */
export function countGates(
  counts: number[],
  alpha: Float32Array,
  open: number,
  shape: HardConcreteOptions,
  order?: Uint32Array,
): void {
  const half = halfOpen(shape);
  // The log-odds at which each bin begins: no gate needs an exponential.
  const edges = Float64Array.from({ length: gateBins - 1 }, (_, i) => {
    const p = (i + 1) / gateBins / open;
    return p < 1 ? half + Math.log(p / (1 - p)) : Infinity;
  });
  const read =
    order === undefined || isEmpty(order)
      ? alpha.length
      : rowsTaken(order).length * (alpha.length / order.length);
  for (let i = 0; i < read; i++) {
    let [low, high] = [0, gateBins - 1]; // the bin is among these
    while (low < high) {
      const middle = (low + high) >> 1;
      if (alpha[i]! >= edges[middle]!) low = middle + 1;
      else high = middle;
    }
    counts[low]!++;
  }
}
