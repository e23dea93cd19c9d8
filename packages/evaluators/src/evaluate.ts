import { accuracy, f1, matthews } from './classification.ts';
import { pearson, spearman } from './correlation.ts';

const metrics = { accuracy, f1, matthews, pearson, spearman };

/** GLUE's metrics by name. */
export type MetricName = keyof typeof metrics;

export interface Evaluation {
  /** The value of each metric, by its name. */
  readonly scores: Readonly<Record<string, number>>;
  /** The task's score: the mean of its metrics, as GLUE's leaderboard counts it. */
  readonly main: number;
}

/**
 * Scores predictions with a task's metrics: `['matthews']` for CoLA, `['accuracy', 'f1']` for MRPC and QQP,
 * `['pearson', 'spearman']` for STS-B, `['accuracy']` for the others (Wang et al. 2019, table 1).
 *
 * @param predictions classes (0, 1, ...) or scores
 * @param labels as many classes or scores
 * @throws RangeError if no metric or an unknown one is asked for, if the lengths differ, if a number is not finite,
 *   or if a metric for two classes meets another class
 */
export function evaluate(
  names: readonly MetricName[],
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): Evaluation {
  if (names.length === 0) throw new RangeError('no metric given; expected at least one');
  const values = names.map((name) => {
    if (!Object.hasOwn(metrics, name)) {
      throw new RangeError(`unknown metric "${name}"; known metrics: ${Object.keys(metrics).join(', ')}`);
    }
    return [name, metrics[name](predictions, labels)] as const;
  });
  const main = values.reduce((sum, [, value]) => sum + value, 0) / values.length;
  return { scores: Object.fromEntries(values), main };
}
