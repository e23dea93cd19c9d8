import { readdir } from 'node:fs/promises';
import { InputError } from '@diffprune/command-line';

/** @throws InputError if the folder is there and holds something */
export async function assertEmpty(folder: string): Promise<void> {
  const held = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  if (held.length > 0) {
    throw new InputError(
      `${folder} holds ${held.length} files; choose another --out, or write over them with --force`,
    );
  }
}
