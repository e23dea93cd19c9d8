import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const besideWorkspace = fileURLToPath(new URL('../../../../shared', import.meta.url));

/**
 * A test that reads the shared data (`../shared`, or `DIFFPRUNE_SHARED`). Where `path` is missing, as on a user's
 * machine, it is skipped, and its name says what it needs. The path is to be had inside the test alone: code that
 * merely describes tests runs everywhere, so it cannot read what is not everywhere.
 *
 * @param path file or folder within the shared data
 * @param test gets its absolute path
 */
export function itShared(path: string, name: string, test: (at: string) => void | Promise<void>): void {
  const at = join(process.env['DIFFPRUNE_SHARED'] ?? besideWorkspace, path);
  if (existsSync(at)) it(name, async () => test(at));
  else it.skip(`${name} (skipped: no ${path} at ../shared or DIFFPRUNE_SHARED)`, () => {});
}
