import { sampleCorrelation, sampleRankCorrelation } from 'simple-statistics';
import { checkPairs } from './pairs.ts';

/**
 * Pearson's correlation of two sequences, in [-1, 1].
 *
 * Undefined for fewer than two pairs or where either sequence is constant; it is then 0: a constant prediction
 * says nothing of the labels.
 *
 * @throws RangeError if the lengths differ or a number is not finite
 */
export function pearson(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  return correlate(sampleCorrelation, predictions, labels);
}

/**
 * Spearman's rank correlation, in [-1, 1]: Pearson's of the ranks, where tied values share the mean of the ranks
 * that they span. Undefined cases are 0, as for `pearson`.
 *
 * @throws RangeError if the lengths differ or a number is not finite
 */
export function spearman(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  return correlate(sampleRankCorrelation, predictions, labels);
}

function correlate(
  correlation: (x: number[], y: number[]) => number,
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): number {
  checkPairs(predictions, labels);
  const [x, y] = [Array.from(predictions), Array.from(labels)];
  if (isConstant(x) || isConstant(y)) return 0;
  // Rounding can carry a perfect correlation just past 1, and spreads whose squares underflow have none.
  const value = correlation(x, y);
  return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;
}

/** Compared with each other, not by their variance: rounding can give equal numbers a tiny one. */
function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
