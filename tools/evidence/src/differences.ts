import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pairedBootstrap, type PairedDifference } from '@diffprune/evaluators';
import { findTask, parsePredictions, type Task } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { streamKey, uniformAt } from '@diffprune/kernels';
import type { Options, SweepRun } from '@diffprune/sweeps';
import { readSettings } from './results.ts';

/** Says which rows are drawn. */
const seed = 1;

/** How far two methods are apart on a task. */
export interface Compared extends PairedDifference {
  readonly task: string;
  /** What both have in common of what tells the sweep's lines apart, such as the density. */
  readonly options: Options;
  /** Seeds with which both have run. */
  readonly seeds: number;
}

/**
 * Compares the runs of two methods that are alike otherwise, seed by seed, on the rows of the dev split.
 *
 * @param runs of a sweep over GLUE's tasks
 * @param folder where their folders are; runs that are not there, or not finished, are passed over
 * @param first the method whose score comes first in the differences
 * @throws UnknownTaskError for another task; DataFileError for predictions or data that cannot be read; Error for
 *   predictions of other rows than the data's
 */
export async function compareMethods(
  runs: readonly SweepRun[],
  folder: string,
  first: string,
  second: string,
): Promise<Compared[]> {
  const groups = new Map<string, { task: string; options: Options; pairs: [SweepRun, SweepRun][] }>();
  const there = runs.filter(({ name }) => existsSync(join(folder, name, 'predictions.tsv')));
  const ofMethod = (method: string) => there.filter(({ options }) => options['method'] === method);
  const keyOf = ({ line, task }: SweepRun) => JSON.stringify([{ ...line, method: '' }, task]);
  for (const run of ofMethod(first)) {
    const key = keyOf(run);
    const other = ofMethod(second).find((other) => other.seed === run.seed && keyOf(other) === key);
    if (other === undefined) continue;
    const { method: _, ...options } = run.line;
    const group = groups.get(key) ?? { task: run.task, options, pairs: [] };
    groups.set(key, group);
    group.pairs.push([run, other]);
  }
  const compared: Compared[] = [];
  for (const { task: name, options, pairs } of groups.values()) {
    const task = findTask(name);
    const labels = await labelsOf(join(folder, pairs[0]![0].name), task);
    const read = ({ name }: SweepRun) => predictionsOf(join(folder, name, 'predictions.tsv'), task, labels);
    const predictions = await Promise.all(
      pairs.map(async ([one, other]) => ({ first: await read(one), second: await read(other) })),
    );
    const key = streamKey(seed, 0, 0);
    let drawn = 0;
    const found = pairedBootstrap(task.metrics, predictions, [...labels.values()], () =>
      uniformAt(key, drawn++),
    );
    compared.push({ task: name, options, seeds: pairs.length, ...found });
  }
  return compared;
}

/** The dev split's labels by row, from where a run had its data. */
async function labelsOf(run: string, task: Task): Promise<ReadonlyMap<string, number>> {
  const { data } = await readSettings(run);
  const { examples } = await readTask(data as string, task, 'dev');
  return new Map(examples.map(({ index, label }) => [index, label!]));
}

async function predictionsOf(
  path: string,
  task: Task,
  labels: ReadonlyMap<string, number>,
): Promise<number[]> {
  const predictions = parsePredictions(await readFile(path), path, task);
  const byRow = new Map(predictions.map(({ index, value }) => [index, value]));
  const isSame = byRow.size === labels.size && [...labels.keys()].every((row) => byRow.has(row));
  if (!isSame) throw new Error(`${path}: predictions for other rows than those of the run's data`);
  return Array.from(labels.keys(), (row) => byRow.get(row)!);
}
