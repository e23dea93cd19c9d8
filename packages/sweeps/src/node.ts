import { readJson } from '@diffprune/files/node';
import { parseSweep, type Sweep } from './sweep-file.ts';

export { readRunResult } from './run-result.ts';

/**
 * Reads a sweep file.
 *
 * @throws FileError for what is no JSON; SweepError naming what is wrong in it
 */
export async function readSweep(path: string): Promise<Sweep> {
  return parseSweep(await readJson(path, { maxDepth: 6, uniqueKeys: true }), path);
}
