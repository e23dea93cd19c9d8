import type { Features, RowOutputs } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import { answerKind, codecOf, trainedLength } from './answer-kinds.ts';
import type { Base, PretrainedBase } from './base.ts';
import type { ModelOfDiff } from './diff-fit.ts';
import { InferenceError } from './errors.ts';

/** Is told how many of how many rows are done. */
export type OnRows = (done: number, rows: number) => void;

/** Runs a base with a diff on it over examples; see `AppliedModel.predict`. */
export function predictExamples(
  model: ModelOfDiff & { readonly base: Base; readonly manifest: Manifest },
  given: readonly unknown[],
  batchSize: number,
  onRows?: OnRows,
): Promise<unknown[]> {
  const { base } = model;
  return answerExamples(model, base, given, (features) => {
    return base.predictors.outputs({
      ...{ model, tensors: base.tensors, features },
      batchSize: given.length === 1 ? Math.min(features.size, batchSize) : batchSize,
      onRows: (done) => onRows?.(done, features.size),
    });
  });
}

/**
 * Answers examples, whatever runs the model.
 *
 * @param outputsOf what the model gives for rows
 * @throws InferenceError for examples that the model cannot be asked, and outputs that are no numbers
 */
export async function answerExamples(
  { manifest }: { readonly manifest: Manifest },
  { config, tokenizer }: Pick<PretrainedBase, 'config' | 'tokenizer'>,
  given: readonly unknown[],
  outputsOf: (features: Features) => Promise<RowOutputs>,
): Promise<unknown[]> {
  if (given.length === 0) return [];
  const maxLength = trainedLength(manifest, config);
  const codec = codecOf(manifest, config);
  const kind = answerKind(manifest.head)!;
  const examples = kind.ask(manifest, given, maxLength);
  const features = codec.encode(examples, tokenizer, maxLength);
  const outputs = await outputsOf(features);
  checkFinite(outputs, manifest, (row) => kind.nameOf(row, examples, features));
  return codec.decode(outputs, examples, features);
}

/** @throws InferenceError naming the first example with an output that is no number */
function checkFinite(outputs: RowOutputs, { task }: Manifest, nameOf: (row: number) => string): void {
  const isBroken = (value: number): boolean => !Number.isFinite(value);
  for (const rows of Object.values(outputs)) {
    const row = rows.findIndex((found) => found.some(isBroken));
    if (row < 0) continue;
    throw new InferenceError(
      `the model's answer for example ${nameOf(row)} is ${rows[row]!.find(isBroken)}; the diff of ${task} or ` +
        'its base holds values that are no numbers, or too large: make it anew',
    );
  }
}
