import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspaceRoot = fileURLToPath(new URL('../../../', import.meta.url));
const sharedRoot = process.env['DIFFPRUNE_SHARED'] ?? resolve(workspaceRoot, '../shared');

/** Absolute path of a file or folder under the shared fixtures (`../shared`, or `DIFFPRUNE_SHARED`). */
export function sharedPath(path: string): string {
  return join(sharedRoot, path);
}

/**
 * A `describe` that reads the shared fixtures: where `path` is missing, as on a user's machine, its tests are
 * skipped, and the skipped block's name says which file they need.
 */
export function describeShared(path: string, name: string, tests: () => void): void {
  if (existsSync(sharedPath(path))) describe(name, tests);
  else describe.skip(`${name} (skipped: no ${path} at ../shared or DIFFPRUNE_SHARED)`, tests);
}
