import { evaluate, type MetricName } from './evaluate.ts';

/** What two models predict for the same rows: two methods with one seed, say. */
export interface PredictionPair {
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
}

/** How far two models are apart, in the main score. */
export interface PairedDifference {
  /** The first's score less the second's, in the mean over the pairs. */
  readonly difference: number;
  /** The standard deviation that it has over rows drawn anew. */
  readonly standardError: number;
}

/**
 * What of a difference between models may be the choice of rows: as many rows as there are are drawn with replacement,
 * the same for all models, and scored, again and again (the bootstrap of Efron and Tibshirani 1993, chapter 6; of pairs as
 * in Koehn 2004, section 3). It says nothing of other seeds: that is what several pairs are for.
 *
 * @param names metrics, as `evaluate` takes them
 * @param pairs predictions for all rows, at least one pair
 * @param uniform gives numbers in [0, 1); the same ones give the same result
 * @param resamples how often rows are drawn
 * @throws RangeError if there is no pair, and as `evaluate`
 */
export function pairedBootstrap(
  names: readonly MetricName[],
  pairs: readonly PredictionPair[],
  labels: ArrayLike<number>,
  uniform: () => number,
  resamples = 1000,
): PairedDifference {
  if (pairs.length === 0) throw new RangeError('no pair of predictions given; expected at least one');
  const mean = (of: readonly PredictionPair[], labels: ArrayLike<number>): number => {
    const main = (predictions: ArrayLike<number>) => evaluate(names, predictions, labels).main;
    return of.reduce((sum, { first, second }) => sum + main(first) - main(second), 0) / of.length;
  };
  const difference = mean(pairs, labels);
  const rows = new Uint32Array(labels.length);
  const drawn = (values: ArrayLike<number>) => Float64Array.from(rows, (row) => values[row]!);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < resamples; i++) {
    for (let row = 0; row < rows.length; row++) rows[row] = Math.floor(uniform() * rows.length);
    const off =
      mean(
        pairs.map(({ first, second }) => ({ first: drawn(first), second: drawn(second) })),
        drawn(labels),
      ) - difference;
    sum += off;
    squares += off * off;
  }
  return { difference, standardError: Math.sqrt((squares - (sum * sum) / resamples) / (resamples - 1)) };
}
