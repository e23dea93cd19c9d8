import { readDiff } from '@diffprune/sparse-diff/node';
import { applyDiff as applyRead, type AppliedModel } from './applied-model.ts';
import type { Base } from './base.ts';
import { DiffFitError } from './errors.ts';
import type { DiffSource } from './sources/diff-source.ts';

/**
 * Applies a diff to a base as `applyDiff` of the main entry does, also from a file.
 *
 * @param diff a file's path, or what the main entry takes other than a string
 * @throws what `applyDiff` of the main entry throws, the path before the message; what the file system throws
 */
export async function applyDiff(base: Base, diff: DiffSource): Promise<AppliedModel> {
  if (typeof diff !== 'string') return applyRead(base, diff);
  const read = await readDiff(diff, base.tensors, base.fingerprint);
  try {
    return await applyRead(base, read);
  } catch (error) {
    if (error instanceof DiffFitError) error.message = `${diff}: ${error.message}`;
    throw error;
  }
}
