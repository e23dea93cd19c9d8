import { createHash } from 'node:crypto';
import type { Tokenizer } from '@diffprune/bert';
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
 * @throws DataFileError for a file that is missing or malformed
 */
export async function readSplit(
  folder: string,
  task: RunTask,
  split: string,
  codec: TaskCodec<unknown, unknown>,
  tokenizer: Tokenizer,
  maxLength: number,
): Promise<LoadedSplit> {
  const { examples, skipped } = await task.read(folder, split);
  return { features: codec.encode(examples, tokenizer, maxLength), examples, skipped };
}

/** SHA-256 of encoded rows and their labels, in hexadecimal. */
export function hashFeatures({ tokens, offsets, firstLengths, labels }: Features): string {
  const hash = createHash('sha256');
  for (const array of [offsets, tokens, firstLengths, ...Object.values(labels ?? {})]) hash.update(array);
  return hash.digest('hex');
}
