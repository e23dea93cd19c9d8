import { join } from 'node:path';
import { writeFileAtomically } from '@diffprune/files/node';
import { formatSummary, summarize, type RunResult, type Sweep, type SweepRun } from '@diffprune/sweeps';

/**
 * Writes what came of a sweep, as far as it is done: `<name>.md`, the table, and `<name>.json`, which has each run
 * besides. They depend on the runs' results alone.
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
  const [table, json] = ['md', 'json'].map((ending) => join(folder, `${sweep.name}.${ending}`)) as [
    string,
    string,
  ];
  await writeFileAtomically(table, text);
  await writeFileAtomically(json, `${JSON.stringify({ ...summary, runs: each }, null, 2)}\n`);
  return `${text}\nwritten: ${table}, ${json}\n`;
}
