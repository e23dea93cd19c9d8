import { InputError } from '@diffprune/command-line';
import { glueTasks, submissionSplits, type Task, type TaskScores } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import { inspectFile } from '@diffprune/sparse-diff/node';
import { configOf } from '../run-folder/config-of.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import type { ResolvedSettings } from '../settings/settings.ts';

/** A finished run of one of GLUE's tasks. */
export interface GlueRun {
  /** Its folder, as it was given. */
  readonly path: string;
  readonly task: Task;
  readonly settings: ResolvedSettings;
  /** Path of its diff. */
  readonly diff: string;
  readonly manifest: Manifest;
  /** What it scores on the dev splits, as its manifest says. */
  readonly scores: TaskScores;
}

/**
 * Reads what a run folder says of its run.
 *
 * @throws InputError for what is no run folder, for a run that is not finished, or whose task the GLUE server does not
 *   take; what `inspectFile` throws for a diff that cannot be read
 */
export async function readGlueRun(path: string): Promise<GlueRun> {
  const folder = new RunFolder(path);
  const { settings } = await configOf(path, '--runs');
  const task = glueTasks.find(({ name }) => name === settings.task);
  if (task === undefined || submissionSplits(task).length === 0) {
    const known = glueTasks.map(({ name }) => name).join(', ');
    throw new InputError(
      `${path} is a run of task ${settings.task}, which is not one of GLUE's (${known}); leave it out of --runs`,
    );
  }
  if (!folder.finished(task.name)) {
    throw new InputError(
      `the run in ${path} is not finished: go on with it by train --out ${path} --resume, or leave it out of --runs`,
    );
  }
  const diff = folder.diff(task.name);
  const { manifest } = await inspectFile(diff);
  return { path, task, settings, diff, manifest, scores: devScores(manifest) };
}

/** `dev/accuracy` and so on, by split and metric. */
function devScores({ metrics }: Manifest): TaskScores {
  const scores: Record<string, Record<string, number>> = {};
  for (const [name, value] of Object.entries(metrics)) {
    const [split, metric] = name.split('/');
    if (typeof value === 'number' && metric !== undefined) (scores[split!] ??= {})[metric] = value;
  }
  return scores;
}
