import { findTask, glueTasks, UnknownTaskError } from '@diffprune/glue';
import { sampleTasks } from '@diffprune/samples';
import { squadTasks } from '@diffprune/squad';
import type { RunTask } from './run-task.ts';
import { spanRunTask } from './span-task.ts';
import { textRunTask } from './text-task.ts';

/** All tasks that `--task` knows by name. */
export const knownTasks: readonly RunTask[] = [
  ...[...glueTasks, ...sampleTasks].map(textRunTask),
  ...squadTasks.map(spanRunTask),
];

/** @throws UnknownTaskError listing the known ones */
export function knownTask(name: string): RunTask {
  return findTask(name, knownTasks);
}

/** Whether a name, in whatever spelling, is that of a known task. */
export function isKnown(name: string): boolean {
  try {
    return knownTask(name) !== undefined;
  } catch (error) {
    if (error instanceof UnknownTaskError) return false;
    throw error;
  }
}
