import { evaluate, type Evaluation } from '@diffprune/evaluators';
import type { Features, Prediction, Task } from '@diffprune/glue';
import { toPredictions, type Predictor } from '@diffprune/inference';

/** A split to evaluate on. */
export interface EvaluationSplit {
  readonly features: Features;
  /** The rows' identifiers, for the predictions. */
  readonly indices: readonly string[];
}

/** The scores of a split, and the predictions that they are of. */
export interface SplitEvaluation extends Evaluation {
  readonly predictions: readonly Prediction[];
}

/**
 * Predicts for a split and scores the predictions by the task's metrics.
 *
 * @throws RangeError for a split without labels
 */
export async function evaluateSplit(
  predictor: Predictor,
  task: Task,
  { features, indices }: EvaluationSplit,
): Promise<SplitEvaluation> {
  if (features.labels === undefined) throw new RangeError('a split without labels cannot be evaluated');
  const predictions = toPredictions(task, await predictor.logits(features), indices);
  const values = predictions.map(({ value }) => value);
  return { ...evaluate(task.metrics, values, features.labels), predictions };
}
