import { InputError } from '@diffprune/command-line';
import { glueSubmission, type SubmissionSplit, type Task } from '@diffprune/glue';
import { hasSplit } from '@diffprune/glue/node';
import { HubError } from '@diffprune/hub';
import { resolveData } from '../data/resolve-inputs.ts';
import { textRunTask } from '../tasks/text-task.ts';
import type { GlueRun } from './read-runs.ts';

/** A file of the submission, and the model and data that it comes from. */
export interface PlannedFile extends SubmissionSplit {
  readonly run: GlueRun;
  /** Folder of the data, where the split's file is. */
  readonly data: string;
}

/** A file of the submission that no run gives. */
export interface MissingFile extends SubmissionSplit {
  /** What is missing. */
  readonly reason: string;
}

/**
 * Where the eleven files of a submission are to come from: test splits are looked for in a run's own data, then in
 * `data`.
 *
 * @throws DataFileError for a split that is there more than once
 */
export async function planSubmission(
  runs: readonly GlueRun[],
  data: string | undefined,
): Promise<{ readonly planned: readonly PlannedFile[]; readonly missing: readonly MissingFile[] }> {
  const planned: PlannedFile[] = [];
  const missing: MissingFile[] = [];
  const places = new Map<GlueRun, Place[]>();
  for (const file of glueSubmission) {
    const run = runs.find(({ task }) => task.name === file.task.name);
    if (run === undefined) {
      missing.push({ ...file, reason: `no run of ${file.task.name}` });
      continue;
    }
    if (!places.has(run)) places.set(run, await placesOf(run, data));
    const found = await findSplit(places.get(run)!, file);
    if (typeof found === 'string') planned.push({ ...file, run, data: found });
    else missing.push({ ...file, reason: found.reason });
  }
  return { planned, missing };
}

/** A place where data may lie, as it was given: its folder, or why there is none. */
interface Place {
  readonly given: string;
  readonly folder?: string;
  readonly problem?: string;
}

function placesOf({ task, settings }: GlueRun, data: string | undefined): Promise<Place[]> {
  const given = data === undefined ? [settings.data] : [settings.data, data];
  return Promise.all(given.map((place) => placeOf(place, task)));
}

async function placeOf(given: string, task: Task): Promise<Place> {
  try {
    return { given, folder: await resolveData(given, textRunTask(task)) };
  } catch (error) {
    if (error instanceof HubError) return { given, problem: error.message };
    throw error;
  }
}

async function findSplit(places: readonly Place[], { task, split }: SubmissionSplit) {
  for (const { folder } of places) {
    if (folder !== undefined && (await hasSplit(folder, task, split))) return folder;
  }
  const where = places.map(({ given, problem }) => problem ?? given);
  return { reason: `no ${task.splits[split]!.file} of ${task.name} in ${where.join(', or ')}` };
}

/** @throws InputError that lists what is missing, and says what to do */
export function refuseMissing(missing: readonly MissingFile[]): never {
  const lines = missing.map(({ file, reason }) => `  ${file}: ${reason}`);
  throw new InputError(
    `${missing.length} of the eleven files are missing, and the GLUE server takes all or none:\n${lines.join('\n')}\n` +
      'train the tasks, name folders of test files by --data, or give --fill-missing for files with the most frequent class throughout',
  );
}
