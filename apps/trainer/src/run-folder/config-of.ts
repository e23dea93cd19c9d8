import { stat } from 'node:fs/promises';
import { InputError } from '@diffprune/command-line';
import type { RunConfig } from '../settings/run-config.ts';
import { RunFolder } from './run-folder.ts';

/**
 * What a folder that is named on the command line says of its run.
 *
 * @param option that names it, for messages
 * @throws InputError for what is no run folder of train
 */
export async function configOf(path: string, option: string): Promise<RunConfig> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const config =
    isFolder &&
    (await new RunFolder(path).config().catch((error: unknown) => {
      if (error instanceof InputError) return undefined;
      throw error;
    }));
  if (config) return config;
  const problem = isFolder ? 'holds no run of train' : 'is no folder';
  throw new InputError(`${option}: ${path} ${problem}; give the folders that train was told of by --out`);
}
