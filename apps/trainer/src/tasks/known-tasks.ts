import { findTask, glueTasks } from '@diffprune/glue';
import { sampleTasks } from '@diffprune/samples';
import type { RunTask } from './run-task.ts';
import { textRunTask } from './text-task.ts';

/** All tasks that `--task` knows. */
export const knownTasks: readonly RunTask[] = [...glueTasks, ...sampleTasks].map(textRunTask);

/**
 * The task of `--task`.
 *
 * @throws UnknownTaskError listing the known ones
 */
export function resolveTask(name: string): RunTask {
  return findTask(name, knownTasks);
}
