import { probabilityAt, type HardConcreteOptions } from '@diffprune/hard-concrete';
import { isEmpty, rowsTaken } from './table-rows.ts';

/** The products of two probabilities and a weight, down to e^-120, are scaled into the range of single precision. */
const scale = 2 ** 100;

/**
 * How near entries whose δ is 0 are to having one: P·|w|, the probability that the gate is open times the weight behind
 * it. Entries of rows that were never read have no weight, and rank 0.
 *
 * @param out one tensor's ranks, from 0
 * @param arrays w and α, in the places of `order` if the tensor is a table of which rows were read
 * @param open the probability that the group's gate is open, 1 without groups
 */
export function rankEntries(
  out: Float32Array,
  { w, alpha }: Readonly<Record<'w' | 'alpha', Float32Array>>,
  open: number,
  shape: HardConcreteOptions,
  order?: Uint32Array,
): void {
  const rank = (to: number, at: number): void => {
    out[to] = scale * open * probabilityAt(alpha[at]!, shape) * Math.abs(w[at]!);
  };
  if (order === undefined || isEmpty(order)) {
    for (let i = 0; i < out.length; i++) rank(i, i);
    return;
  }
  const width = out.length / order.length;
  out.fill(0);
  rowsTaken(order).forEach((row, place) => {
    for (let i = 0; i < width; i++) rank(row * width + i, place * width + i);
  });
}
