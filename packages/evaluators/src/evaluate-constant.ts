import { evaluate, type Evaluation, type MetricName } from './evaluate.ts';

/**
 * What always giving the same answer scores, the most frequent class (of equally frequent ones the first) or, in a
 * regression, the mean: the least that a model must beat.
 *
 * @param labels classes (0, 1, ...) or scores, at least one
 */
export function evaluateConstant(
  names: readonly MetricName[],
  labels: ArrayLike<number>,
  regression: boolean,
): Evaluation {
  const values = Array.from(labels);
  const constant = regression ? mean(values) : mostFrequent(values);
  return evaluate(
    names,
    values.map(() => constant),
    values,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
