import { createHash } from 'node:crypto';
import type { Tokenizer } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import type { Features, TaskCodec } from '@diffprune/glue';
import type { EvaluationSplit } from '@diffprune/training';
import type { RunTask } from '../tasks/run-task.ts';

/** Examples of a split, and their rows. */
export interface LoadedSplit extends EvaluationSplit {
  /** How many lines of the file were too short and were left out (QQP has some). */
  readonly skipped: number;
}

/**
 * Reads and encodes a split of a task.
 *
 * @param maxLength longest row in tokens
 * @param rows how many examples to take, the first ones; all unless given
 * @throws DataFileError for a file that is missing or malformed, InputError for one that has fewer rows than these
 */
export async function readSplit(
  folder: string,
  task: RunTask,
  split: string,
  codec: TaskCodec<unknown, unknown>,
  tokenizer: Tokenizer,
  maxLength: number,
  rows?: number,
): Promise<LoadedSplit> {
  const { examples: all, skipped } = await task.read(folder, split);
  if (rows !== undefined && rows > all.length) {
    throw new InputError(
      `--${split}-rows is ${rows}, but ${folder} has ${all.length} rows in its ${split} split; give fewer, or leave the option out`,
    );
  }
  const examples = all.slice(0, rows);
  return { features: codec.encode(examples, tokenizer, maxLength), examples, skipped };
}

/** SHA-256 of encoded rows and their labels, in hexadecimal. */
export function hashFeatures({ tokens, offsets, firstLengths, labels }: Features): string {
  const hash = createHash('sha256');
  for (const array of [offsets, tokens, firstLengths, ...Object.values(labels ?? {})]) hash.update(array);
  return hash.digest('hex');
}
