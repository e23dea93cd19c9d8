import type { EncoderConfig } from '@diffprune/bert';
import type { TaskCodec } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import type { AnswerKind } from './answer-kind.ts';
import { DiffFitError } from './errors.ts';
import { spanAnswers } from './span-answers.ts';
import { textAnswers } from './text-answers.ts';

/** By the heads whose outputs are answers. */
const kinds: Readonly<Record<string, AnswerKind>> = {
  classification: textAnswers,
  regression: textAnswers,
  span: spanAnswers,
};

/** What a model with a head of this kind is asked and answers; undefined where it answers nothing. */
export function answerKind(head: string): AnswerKind | undefined {
  return Object.hasOwn(kinds, head) ? kinds[head] : undefined;
}

/**
 * How examples become rows for a diff's model, and its outputs answers, as its manifest says.
 *
 * @throws DiffFitError for a head that answers nothing, or settings that there cannot be
 */
export function codecOf(manifest: Manifest, config: EncoderConfig): TaskCodec<unknown, unknown> {
  const kind = answerKind(manifest.head);
  if (kind === undefined)
    throw new DiffFitError(`the diff has head "${manifest.head}", which answers nothing`);
  try {
    return kind.codec(manifest, trainedLength(manifest, config));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DiffFitError(`the diff's settings cannot be used: ${error.message}`);
  }
}

/**
 * The length in tokens at which texts are cut for a diff: that of its training, or what is usual, no more than the model
 * has positions.
 *
 * @throws DiffFitError for a manifest whose `maxLength` is no length
 */
export function trainedLength({ head, hyperparameters }: Manifest, { positions }: EncoderConfig): number {
  const { maxLength = (answerKind(head) ?? textAnswers).usualLength } = hyperparameters;
  if (typeof maxLength !== 'number' || !Number.isInteger(maxLength) || maxLength < 1) {
    throw new DiffFitError(`the diff's maxLength is ${String(maxLength)}, expected a whole number of tokens`);
  }
  return Math.min(maxLength, positions);
}
