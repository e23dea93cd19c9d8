import { createHash } from 'node:crypto';
import type { EncoderConfig, Tokenizer } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import { shortestRow, textTask, type Example, type Features, type Task } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import type { EvaluationSplit } from '@diffprune/training';

/** Examples of a split, and their rows. */
export interface LoadedSplit extends EvaluationSplit<Example> {
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
  const features = textTask(task).encode(examples, tokenizer, maxLength);
  return { features, examples, skipped: skippedLines.length };
}

const shortest = shortestRow(2);

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
  for (const array of [offsets, tokens, firstLengths, ...Object.values(labels ?? {})]) hash.update(array);
  return hash.digest('hex');
}
