import { type Cut, type Scoring, selectTop } from '@diffprune/kernels';
import { entriesOfDensity } from '@diffprune/sparse-diff';
import { expectNumber } from './errors.ts';

/** Whether weights are selected matrix by matrix, or from all matrices at once (Sanh et al. 2020, section 7). */
export type Scope = 'local' | 'global';

/** What Top v selects by. */
export interface TopOptions {
  /** `local` if not given. */
  readonly scope?: Scope | undefined;
  /** `value` (movement pruning's scores) if not given; `magnitude` is |score|, for weights that are their own scores. */
  readonly by?: Scoring | undefined;
}

/**
 * How many of so many weights remain: ⌊v · size⌋ in exact arithmetic, see `entriesOfDensity` of @diffprune/sparse-diff.
 *
 * @param remaining v, in [0, 1]
 * @throws ScoreMaskingError if it is out of range
 */
export function remainingCount(size: number, remaining: number): number {
  expectNumber('remaining', remaining, remaining >= 0 && remaining <= 1, 'a number from 0 to 1');
  return entriesOfDensity(remaining, size);
}

/**
 * Top v (Sanh et al. 2020, equation 1) of flat arrays: what to keep of each, as `mask`, `maskGradients` and `maskUpdate` of
 * @diffprune/kernels take it. Exactly `remainingCount` of each, or of all, are kept; of equal ones the first, in the order
 * of the arrays, then by index.
 *
 * @param scores arrays of a `Slab`
 * @param remaining v, in [0, 1]
 * @throws ScoreMaskingError if v is out of range; KernelError if a score is NaN or an array lies in no slab
 */
export function topCuts(
  scores: readonly Float32Array[],
  remaining: number,
  { scope = 'local', by = 'value' }: TopOptions = {},
): Cut[] {
  if (scope === 'global') {
    const size = scores.reduce((sum, { length }) => sum + length, 0);
    return selectTop([{ scores, count: remainingCount(size, remaining) }], by)[0]!;
  }
  const selections = scores.map((array) => {
    return { scores: [array], count: remainingCount(array.length, remaining) };
  });
  return selectTop(selections, by).map(([cut]) => cut!);
}

/** What is kept of scores by S > τ (soft movement pruning, Sanh et al. 2020, section 4), as the kernels take it. */
export function thresholdCut(threshold: number): Cut {
  return { threshold, tieEnd: 0 };
}

/** Whether a cut keeps a score. @param index its position in its array */
export function isKept(score: number, index: number, { threshold, tieEnd }: Cut): boolean {
  return score > threshold || (score === threshold && index < tieEnd);
}
