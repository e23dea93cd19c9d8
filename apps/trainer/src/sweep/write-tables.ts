import { join } from 'node:path';
import { writeFileAtomically } from '@diffprune/files/node';
import {
  formatPage,
  formatSummary,
  summarize,
  type RunResult,
  type Sweep,
  type SweepRun,
} from '@diffprune/sweeps';

/**
 * Writes what came of a sweep, as far as it is done: `<name>.md`, the table, `<name>.json`, which has each run
 * besides, and `<name>.html`, with plots. They depend on the runs' results alone.
 *
 * @param results by the runs' names
 * @returns what to tell the user
 */
export async function writeTables(
  sweep: Sweep,
  runs: readonly SweepRun[],
  results: ReadonlyMap<string, RunResult>,
  folder: string,
): Promise<string> {
  const summary = summarize(sweep, runs, ({ name }) => results.get(name));
  const text = formatSummary(summary);
  const each = runs.flatMap(({ name, task, seed, line }) => {
    const result = results.get(name);
    return result === undefined
      ? []
      : [{ run: name, task, ...(seed !== undefined && { seed }), line, ...result }];
  });
  const files = {
    md: text,
    json: `${JSON.stringify({ ...summary, runs: each }, null, 2)}\n`,
    html: await formatPage(summary),
  };
  const paths: string[] = [];
  for (const [ending, content] of Object.entries(files)) {
    const path = join(folder, `${sweep.name}.${ending}`);
    await writeFileAtomically(path, content);
    paths.push(path);
  }
  return `${text}\nwritten: ${paths.join(', ')}\n`;
}
