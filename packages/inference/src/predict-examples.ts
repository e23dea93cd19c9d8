import { shortestRow, textCodec, type Example, type Prediction, type RowOutputs } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import type { Base } from './base.ts';
import { trainedLength, type ModelOfDiff } from './diff-fit.ts';
import { InferenceError } from './errors.ts';
import { checkTexts, problemOf } from './task.ts';

/** Runs a base with a diff on it over examples; see `AppliedModel.predict`. */
export async function predictExamples(
  model: ModelOfDiff & { readonly base: Base; readonly manifest: Manifest },
  examples: readonly Example[],
  batchSize: number,
): Promise<Prediction[]> {
  if (examples.length === 0) return [];
  const { base, manifest } = model;
  checkTexts(manifest, examples);
  const maxLength = trainedLength(manifest, base.config);
  const texts = examples.some(({ textB }) => textB !== undefined) ? 2 : 1;
  if (maxLength < shortestRow(texts)) {
    throw new InferenceError(
      `inputs of task ${manifest.task} are cut at ${maxLength} tokens, too few for these texts`,
    );
  }
  const codec = textCodec(problemOf(manifest));
  const unlabelled = examples.map(({ label: _, ...texts }) => texts);
  const features = codec.encode(unlabelled, base.tokenizer, maxLength);
  const rows = examples.length === 1 ? 1 : batchSize;
  const predictor = await base.predictors.for(model, rows, base.tensors);
  const outputs = await predictor.outputs(features);
  checkFinite(outputs, examples, manifest);
  return codec.decode(outputs, examples, features);
}

/** @throws InferenceError naming the first example with an output that is no number; each has a row of its own */
function checkFinite({ logits }: RowOutputs, examples: readonly Example[], { task }: Manifest): void {
  const isBroken = (logit: number): boolean => !Number.isFinite(logit);
  const row = logits!.findIndex((found) => found.some(isBroken));
  if (row < 0) return;
  throw new InferenceError(
    `the model's answer for example ${examples[row]!.index} is ${logits![row]!.find(isBroken)}; the diff of ${task} or ` +
      'its base holds values that are no numbers, or too large: make it anew',
  );
}
