import type { Engine } from '@diffprune/engine';
import type { TaskType } from '@diffprune/glue';
import { applyDiff, type SparseDiff } from '@diffprune/sparse-diff';
import { checkFit, Predictor } from '@diffprune/inference';
import { evaluateSplit, type EvaluationSplit, type SplitEvaluation } from '@diffprune/training';
import { readBase, type StoredBase } from '@diffprune/inference/node';
import type { Progress } from '../progress/progress.ts';

/** The weights of a base with a diff on it, by name, in the base's own memory. */
export function applyToBase(
  { tensors, fingerprint }: StoredBase,
  diff: SparseDiff,
): Record<string, Float32Array> {
  applyDiff(tensors, diff, fingerprint);
  return Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
}

/**
 * Evaluates a diff as whoever applies it will: on the base as it lies in its folder. Training has used its own copy up.
 *
 * @param diff decoded from the bytes that are stored
 */
export async function evaluateStored(
  diff: SparseDiff,
  folder: string,
  run: {
    readonly engine: Engine;
    readonly task: TaskType<unknown, unknown>;
    readonly batchSize: number;
    readonly dev: Readonly<Record<string, EvaluationSplit>>;
    readonly progress: Pick<Progress, 'rows' | 'end'>;
  },
): Promise<Record<string, SplitEvaluation<unknown>>> {
  const base = await readBase(folder);
  const { engine, task, batchSize, dev, progress } = run;
  const { config, head } = checkFit(base, diff);
  const predictor = new Predictor(engine, config, head, applyToBase(base, diff), batchSize);
  const evaluations: Record<string, SplitEvaluation<unknown>> = {};
  try {
    for (const [split, rows] of Object.entries(dev)) {
      evaluations[split] = await evaluateSplit(predictor, task, rows, (done) => {
        progress.rows(split, done, rows.features.size);
      });
    }
  } finally {
    progress.end();
    await predictor.dispose();
  }
  return evaluations;
}
