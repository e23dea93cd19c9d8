import type { Evaluation } from '@diffprune/evaluators';
import type { Features, Prediction, TaskType } from '@diffprune/glue';
import type { Predictor } from '@diffprune/inference';

/** A split to evaluate on: examples of a task, and their rows as the task encodes them. */
export interface EvaluationSplit<Example = unknown> {
  readonly features: Features;
  readonly examples: readonly Example[];
}

/** The scores of a split, and the predictions that they are of. */
export interface SplitEvaluation<Answer = Prediction> extends Evaluation {
  readonly predictions: readonly Answer[];
}

/**
 * Predicts for a split and scores the predictions by the task's metrics.
 *
 * @param onRows is told of how many rows the outputs are there, batch by batch
 * @throws RangeError for a split without labels
 */
export async function evaluateSplit<Example, Answer>(
  predictor: Predictor,
  task: TaskType<Example, Answer>,
  { features, examples }: EvaluationSplit<Example>,
  onRows?: (done: number) => void,
): Promise<SplitEvaluation<Answer>> {
  const predictions = task.decode(await predictor.outputs(features, onRows), examples, features);
  return { ...task.score(predictions, examples), predictions };
}
