import type { Prediction } from '@diffprune/glue';

/** How far two programs' predictions for the same rows agree. */
export interface Agreement {
  readonly rows: number;
  /** Rows with the same label; in a regression, where there are none, all. */
  readonly sameLabels: number;
  /** Of two probabilities, or two scores. */
  readonly largestDifference: number;
}

/**
 * Compares predictions row by row.
 *
 * @throws Error if the rows are not the same, or in another order
 */
export function comparePredictions(first: readonly Prediction[], second: readonly Prediction[]): Agreement {
  if (first.length !== second.length) throw new Error(`${first.length} rows and ${second.length} rows`);
  let sameLabels = 0;
  let largestDifference = 0;
  first.forEach((row, i) => {
    const other = second[i]!;
    if (row.index !== other.index) throw new Error(`row ${row.index} beside row ${other.index}`);
    const [a, b] = [row, other].map(({ probabilities, value }) => Array.from(probabilities ?? [value]));
    if (row.probabilities === undefined || row.value === other.value) sameLabels++;
    a!.forEach((value, k) => (largestDifference = Math.max(largestDifference, Math.abs(value - b![k]!))));
  });
  return { rows: first.length, sameLabels, largestDifference };
}
