import type { SparseDiff } from '@diffprune/sparse-diff';
import { readDiff } from '@diffprune/sparse-diff/node';
import { applyDiff as applyRead, type AppliedModel } from './applied-model.ts';
import type { Base } from './base.ts';
import { DiffFitError } from './errors.ts';

/**
 * Applies a diff to a base as `applyDiff` of the main entry does, also from a file.
 *
 * @param diff a file's path, its bytes, or what was read of it
 * @throws what `applyDiff` of the main entry throws, the path before the message; what the file system throws
 */
export async function applyDiff(base: Base, diff: string | Uint8Array | SparseDiff): Promise<AppliedModel> {
  if (typeof diff !== 'string') return applyRead(base, diff);
  const read = await readDiff(diff, base.tensors, base.fingerprint);
  try {
    return await applyRead(base, read);
  } catch (error) {
    if (error instanceof DiffFitError) error.message = `${diff}: ${error.message}`;
    throw error;
  }
}
