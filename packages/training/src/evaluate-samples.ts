import type { Evaluation } from '@diffprune/evaluators';

/** What several samples of a random model score on a split. */
export interface SampledScores {
  readonly count: number;
  /** Of each metric, over the samples. */
  readonly mean: Evaluation['scores'];
  /** The sample standard deviation. */
  readonly deviation: Evaluation['scores'];
}

/** The scores of each split over evaluations of several samples, as many as there are. */
export function sampleScores(
  evaluations: readonly Readonly<Record<string, Evaluation>>[],
): Record<string, SampledScores> {
  const [first = {}] = evaluations;
  return Object.fromEntries(
    Object.entries(first).map(([split, { scores }]) => {
      const each = (measure: (values: readonly number[]) => number): Evaluation['scores'] => {
        const valuesOf = (metric: string) => evaluations.map((one) => one[split]!.scores[metric]!);
        return Object.fromEntries(Object.keys(scores).map((metric) => [metric, measure(valuesOf(metric))]));
      };
      return [split, { count: evaluations.length, mean: each(mean), deviation: each(deviation) }];
    }),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}
