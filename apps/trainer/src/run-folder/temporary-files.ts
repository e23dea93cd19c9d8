import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporarySuffix } from '@diffprune/files/node';

/** Removes the half-written files of a program that was killed. */
export async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(temporarySuffix)) await rm(join(folder, name));
  }
}
