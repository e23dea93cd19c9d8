import { findTask, glueTasks, type Task } from '@diffprune/glue';
import { sampleTasks } from '@diffprune/samples';

/**
 * A task of GLUE or one of the sample tasks, by name.
 *
 * @throws UnknownTaskError listing the known ones
 */
export function knownTask(name: string): Task {
  return findTask(name, [...glueTasks, ...sampleTasks]);
}
