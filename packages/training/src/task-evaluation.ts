import type { Evaluation } from '@diffprune/evaluators';
import type { TaskType } from '@diffprune/glue';
import type { Predictor } from '@diffprune/inference';
import { sampleScores, type SampledScores } from './evaluate-samples.ts';
import { evaluateSplit, type EvaluationSplit, type SplitEvaluation } from './evaluate-split.ts';
import type { Samples } from './learner.ts';

/** The scores of each split. */
export interface TaskEvaluation<Answer = unknown> {
  readonly splits: Readonly<Record<string, SplitEvaluation<Answer>>>;
  /** Of a random θ', what several samples of it score, that of `splits` among them; after a stage's last step alone. */
  readonly samples?: Readonly<Record<string, SampledScores>>;
}

/** A task, with what is evaluated, and who is told. */
export interface TaskSplits<Answer> {
  /** What its examples are encoded by, and its answers scored; for GLUE's tasks see `textTask`. */
  readonly task: TaskType<unknown, Answer>;
  /** The splits to evaluate on at the end of each epoch, by name. */
  readonly dev: Readonly<Record<string, EvaluationSplit>>;
  /** Is told how many of all rows of a split are done as it is evaluated, batch by batch. */
  onRows?(split: string, done: number, rows: number): void;
}

/**
 * Evaluates a model as it is; and, where there are samples of it, those too, after which the first one is there again.
 *
 * @throws RangeError for a split without labels
 */
export async function evaluateTask<Answer>(
  run: TaskSplits<Answer>,
  predictor: Predictor,
  samples: Samples | undefined,
): Promise<TaskEvaluation<Answer>> {
  const splits = await evaluateSplits(run, predictor);
  if (samples === undefined) return { splits };
  const all: Record<string, Evaluation>[] = [splits];
  for (let sample = 1; sample < samples.count; sample++) {
    samples.draw(sample);
    const others = Object.entries(await evaluateSplits(run, predictor));
    all.push(Object.fromEntries(others.map(([split, { scores, main }]) => [split, { scores, main }])));
  }
  samples.draw(0);
  return { splits, samples: sampleScores(all) };
}

async function evaluateSplits<Answer>(
  run: TaskSplits<Answer>,
  predictor: Predictor,
): Promise<Record<string, SplitEvaluation<Answer>>> {
  const splits: Record<string, SplitEvaluation<Answer>> = {};
  for (const [split, rows] of Object.entries(run.dev)) {
    splits[split] = await evaluateSplit(predictor, run.task, rows, (done) => {
      run.onRows?.(split, done, rows.features.size);
    });
  }
  return splits;
}
