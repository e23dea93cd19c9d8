import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { RunResult } from '@diffprune/sweeps';
import { readRunResult } from '@diffprune/sweeps/node';

/** A line of the results' file: what came of a finished run. */
export interface Result extends RunResult {
  /** The run's name, which is that of its folder. */
  readonly run: string;
  /** Of the run, evaluations included, as the clock on the wall has it; of some runs alone. */
  readonly seconds?: number;
  /** The trainer's settings, its defaults among them, but for where things lay. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export async function readResults(path: string): Promise<Result[]> {
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Result);
}

/**
 * Adds what finished run folders say to the results, unless it is there.
 *
 * @param paths of run folders, among others that are passed over
 * @returns the runs that were added
 */
export async function collectResults(paths: readonly string[], file: string): Promise<Result[]> {
  const known = new Set((await readResults(file)).map((result) => JSON.stringify(withoutTime(result))));
  const finished = paths.filter(
    (path) => existsSync(join(path, 'config.json')) && existsSync(join(path, 'report.html')),
  );
  const found = await Promise.all(finished.map(readResult));
  const added = found.filter((result) => !known.has(JSON.stringify(result)));
  await appendFile(file, added.map((result) => `${JSON.stringify(result)}\n`).join(''));
  return added;
}

function withoutTime({ seconds: _, ...result }: Result): Result {
  return result;
}

/** The settings of a run, as its folder says. */
export async function readSettings(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as {
    readonly settings: Readonly<Record<string, unknown>>;
  };
  return config.settings;
}

async function readResult(folder: string): Promise<Result> {
  const { data: _, base: _b, teacher: _t, ...settings } = await readSettings(folder);
  return { run: basename(resolve(folder)), ...(await readRunResult(folder)), settings };
}
