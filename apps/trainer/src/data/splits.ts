import { createHash } from 'node:crypto';
import type { EncoderConfig, Tokenizer } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import { encodeExamples, type Features, type Task } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import type { EvaluationSplit } from '@diffprune/training';

/** Encoded rows of a split, and their identifiers for the predictions. */
export interface LoadedSplit extends EvaluationSplit {
  /** How many lines of the file were too short and were left out (QQP has some). */
  readonly skipped: number;
}

/**
 * Reads and encodes a split of a task.
 *
 * @param maxLength longest row in tokens
 * @throws DataFileError for a file that is missing or malformed
 */
export async function readSplit(
  folder: string,
  task: Task,
  split: string,
  tokenizer: Tokenizer,
  maxLength: number,
): Promise<LoadedSplit> {
  const { examples, skippedLines } = await readTask(folder, task, split);
  const features = encodeExamples(examples, tokenizer, maxLength, task.problemType);
  return { features, indices: examples.map(({ index }) => index), skipped: skippedLines.length };
}

/** Two sentences of one word piece each, and their special tokens. */
const shortest = 5;

/** @throws InputError unless the model has positions for rows of this length, and they have room for two texts */
export function checkMaxLength(maxLength: number, { positions }: EncoderConfig): void {
  if (Number.isInteger(maxLength) && maxLength >= shortest && maxLength <= positions) return;
  if (positions < shortest) {
    throw new InputError(
      `the base has ${positions} positions (max_position_embeddings), expected at least ${shortest}`,
    );
  }
  throw new InputError(
    `--max-length must be a whole number from ${shortest} to ${positions}, the positions that the base has, not ${maxLength}`,
  );
}

/** SHA-256 of encoded rows and their labels, in hexadecimal. */
export function hashFeatures({ tokens, offsets, firstLengths, labels }: Features): string {
  const hash = createHash('sha256');
  for (const array of [offsets, tokens, firstLengths, ...(labels ? [labels] : [])]) hash.update(array);
  return hash.digest('hex');
}
