import { encodeExamples, type Example, type Prediction } from '@diffprune/glue';
import { toPredictions, trainedLength } from '@diffprune/training';
import type { AppliedModel } from './applied-model.ts';
import { ApplierError } from './errors.ts';
import { glueTask, taskOf } from './task.ts';

/** Runs a base with a diff on it over examples; see `AppliedModel.predict`. */
export async function predictExamples(
  { base, manifest, head }: Pick<AppliedModel, 'base' | 'manifest' | 'head'>,
  examples: readonly Example[],
  batchSize: number,
): Promise<Prediction[]> {
  if (examples.length === 0) return [];
  checkPairs(manifest.task, examples);
  const task = taskOf(manifest);
  const maxLength = trainedLength(manifest, base.config);
  const unlabelled = examples.map(({ label: _, ...texts }) => texts);
  const features = encodeExamples(unlabelled, base.tokenizer, maxLength, task.problemType);
  const rows = examples.length === 1 ? 1 : batchSize;
  const predictor = await base.predictors.for(head, rows, base.tensors);
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
