import { readdir } from 'node:fs/promises';
import { InputError } from '@diffprune/command-line';

/** @throws InputError if the folder of `--out` is there and holds something, with what else to do than take another */
export async function assertEmpty(folder: string, otherwise = ''): Promise<void> {
  const held = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  if (held.length > 0) {
    throw new InputError(`${folder} holds ${held.length} files; choose another --out${otherwise}`);
  }
}
