import type { Head } from '@diffprune/bert';
import { encodeExamples, type Example, type Prediction } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import type { Base } from './base.ts';
import { trainedLength } from './diff-fit.ts';
import { InferenceError } from './errors.ts';
import { toPredictions } from './predictions.ts';
import { checkTexts, taskOf } from './task.ts';

/** Runs a base with a diff on it over examples; see `AppliedModel.predict`. */
export async function predictExamples(
  { base, manifest, head }: { readonly base: Base; readonly manifest: Manifest; readonly head: Head },
  examples: readonly Example[],
  batchSize: number,
): Promise<Prediction[]> {
  if (examples.length === 0) return [];
  checkTexts(manifest, examples);
  const task = taskOf(manifest);
  const maxLength = trainedLength(manifest, base.config);
  // a word piece of each text, and the special tokens
  const shortest = examples.some(({ textB }) => textB !== undefined) ? 5 : 3;
  if (maxLength < shortest) {
    throw new InferenceError(
      `inputs of task ${manifest.task} are cut at ${maxLength} tokens, too few for these texts`,
    );
  }
  const unlabelled = examples.map(({ label: _, ...texts }) => texts);
  const features = encodeExamples(unlabelled, base.tokenizer, maxLength, task.problemType);
  const rows = examples.length === 1 ? 1 : batchSize;
  const predictor = await base.predictors.for(head, rows, base.tensors);
  const logits = await predictor.logits(features);
  const broken = logits.findIndex((logit) => !Number.isFinite(logit));
  if (broken >= 0) {
    const { index } = examples[Math.floor((broken * examples.length) / logits.length)]!;
    throw new InferenceError(
      `the model's answer for example ${index} is ${logits[broken]}; the diff of ${manifest.task} or its base holds ` +
        'values that are no numbers, or too large: make it anew',
    );
  }
  return toPredictions(
    task,
    logits,
    examples.map(({ index }) => index),
  );
}
