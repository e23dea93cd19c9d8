import { encodeExamples, type Example, type Prediction } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import { toPredictions } from '@diffprune/training';
import type { Base } from './base.ts';
import { ApplierError } from './errors.ts';
import { glueTask, headOf, taskOf } from './task.ts';

/** Longest input, in tokens, of a diff that does not say how it was trained; the usual choice for GLUE. */
const usualMaxLength = 128;

/** Runs a base, with the diff of this manifest on it, over examples; see `AppliedModel.predict`. */
export async function predictExamples(
  base: Base,
  manifest: Manifest,
  examples: readonly Example[],
  batchSize: number,
): Promise<Prediction[]> {
  if (examples.length === 0) return [];
  checkPairs(manifest.task, examples);
  const task = taskOf(manifest);
  const trained = manifest.hyperparameters['maxLength'];
  const maxLength = Math.min(
    typeof trained === 'number' ? trained : usualMaxLength,
    base.config.maxPositionEmbeddings,
  );
  const unlabelled = examples.map(({ label: _, ...texts }) => texts);
  const features = encodeExamples(unlabelled, base.tokenizer, maxLength, task.problemType);
  const rows = examples.length === 1 ? 1 : batchSize;
  const predictor = await base.predictors.for(headOf(manifest), rows, base.tensors);
  const logits = await predictor.logits(features);
  return toPredictions(
    task,
    logits,
    examples.map(({ index }) => index),
  );
}

/** A GLUE task is known to take single texts or pairs; of another task only its user knows. */
function checkPairs(name: string, examples: readonly Example[]): void {
  const layout = Object.values(glueTask(name)?.splits ?? {})[0];
  if (layout === undefined) return;
  const pairs = layout.textB !== undefined;
  const wrong = examples.find(({ textB }) => (textB !== undefined) !== pairs);
  if (wrong === undefined) return;
  const [takes, got] = pairs ? ['two texts', 'one'] : ['one text', 'two'];
  throw new ApplierError(`task ${name} takes ${takes}, but example ${wrong.index} has ${got}`);
}
