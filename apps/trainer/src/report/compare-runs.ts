import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { checkOutputFile } from '@diffprune/command-line';
import { writeFileAtomically } from '@diffprune/files/node';
import { inspectFile } from '@diffprune/sparse-diff/node';
import { configOf } from '../run-folder/config-of.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import { runsPage, type ComparedRun } from './runs-page.ts';

/**
 * Writes a page that compares runs.
 *
 * @param paths run folders, finished or not
 * @throws InputError for what is no run folder, or an output that could not be written; what `inspectFile` throws for a
 *   diff that cannot be read
 */
export async function compareRuns(paths: readonly string[], out: string): Promise<void> {
  for (const path of paths) await checkOutputFile('--out', out, { [`the run ${path}`]: path });
  const last = paths.map((path) => basename(resolve(path)));
  const names = new Set(last).size === last.length ? last : paths;
  const runs: ComparedRun[] = [];
  for (const [i, path] of paths.entries()) runs.push(await readRun(path, names[i]!));
  await writeFileAtomically(out, await runsPage(runs));
}

async function readRun(path: string, name: string): Promise<ComparedRun> {
  const { settings } = await configOf(path, 'report');
  const folder = new RunFolder(path);
  const diff = folder.diff(settings.task);
  const metrics = await folder.metrics();
  return { name, settings, metrics, ...(existsSync(diff) && { diff: await inspectFile(diff) }) };
}
