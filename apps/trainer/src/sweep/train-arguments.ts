import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { temporarySuffix } from '@diffprune/files/node';
import { sampleTasks, writeTask } from '@diffprune/samples';
import type { Options, SweepRun } from '@diffprune/sweeps';
import { RunFolder } from '../run-folder/run-folder.ts';
import { resolveTask } from '../tasks/resolve-task.ts';
import type { RunTask } from '../tasks/run-task.ts';

/**
 * The arguments of `train` that begin a run, or go on with it: its options, where its teacher's diff is, and its data.
 * Of a folder that holds those of several tasks, as GLUE's does, data are the task's own; those of a sample task
 * lie below the run folders, where {@link makeSampleData} puts them.
 *
 * @param folder where run folders are
 * @throws what `resolveTask` throws
 */
export async function trainArguments(run: SweepRun, folder: string): Promise<string[]> {
  const { task } = await resolveTask(run.task);
  const given = Object.entries({
    ...run.options,
    data: dataOf(task, run.options, folder),
    ...(run.teacher !== undefined && { teacher: new RunFolder(join(folder, run.teacher)).diff(task.name) }),
  });
  const flags = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return [...flags, '--out', join(folder, run.name), '--resume'];
}

function dataOf({ name, title }: RunTask, options: Options, folder: string): string | undefined {
  const { data } = options;
  if (data === undefined) return sampleData(options, folder)?.path;
  return [title, name].map((part) => join(data, part)).find((path) => existsSync(path)) ?? data;
}

/** A sample task whose data no option says, and where they lie: a folder for each number of rows. */
function sampleData({ task, data, 'train-rows': rows }: Options, folder: string) {
  const sample = sampleTasks.find(({ name }) => name === task);
  if (sample === undefined || data !== undefined) return undefined;
  const { name } = sample;
  return { name, rows, path: join(folder, 'data', rows === undefined ? name : `${name}-${rows}`) };
}

/** Makes the data of a sample task where they are missing, with as many training rows as `train-rows` says. */
export async function makeSampleData({ options }: SweepRun, folder: string): Promise<void> {
  const sample = sampleData(options, folder);
  if (sample === undefined || existsSync(sample.path)) return;
  const { name, rows, path } = sample;
  // other processes may be at it as well; whoever is done first puts his in place
  const made = `${path}.${randomUUID()}${temporarySuffix}`;
  await writeTask(made, name, rows === undefined ? {} : { trainRows: Number(rows) });
  await rename(made, path).catch(async (error: unknown) => {
    await rm(made, { recursive: true });
    if (!existsSync(path)) throw error;
  });
}

/**
 * Runs with the number of threads that each has where they say none: runs that are done at the same time share the
 * machine's cores.
 *
 * @param parallel how many run at a time
 * @param threads what each is to have instead
 */
export function shareThreads(runs: readonly SweepRun[], parallel: number, threads?: number): SweepRun[] {
  const share =
    threads ?? (parallel > 1 ? Math.max(1, Math.floor(availableParallelism() / parallel)) : undefined);
  if (share === undefined) return [...runs];
  return runs.map((run) => ({ ...run, options: { threads: String(share), ...run.options } }));
}
