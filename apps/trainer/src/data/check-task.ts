import { InputError } from '@diffprune/command-line';
import type { Manifest } from '@diffprune/sparse-diff';
import type { RunTask } from '../tasks/run-task.ts';

/**
 * Checks that a diff answers what a task asks. Older diffs of GLUE's tasks have the labels as the files spell them.
 *
 * @param path what messages call the diff
 * @throws InputError unless the diff is for a task with this head and these labels, and as many texts in an input
 */
export function checkTask(
  { task: trained, labels, head, texts }: Manifest,
  task: RunTask,
  path: string,
): void {
  const { head: kind } = task;
  const same = [task.labels, task.spelt].some((names) => names?.join('\n') === labels.join('\n'));
  if (head !== kind || !same) {
    const has = labels.length > 0 ? `${head} of ${labels.join(', ')}` : head;
    const needs = task.labels.length > 0 ? `${kind} of ${task.labels.join(', ')}` : kind;
    throw new InputError(`${path} is for task ${trained} (${has}), but ${task.name} is a ${needs}`);
  }
  if (texts !== 0 && texts !== task.texts) {
    const [has, needs] = texts === 1 ? ['single texts', 'pairs'] : ['pairs', 'single texts'];
    throw new InputError(`${path} is for task ${trained}, which has ${has}, but ${task.name} has ${needs}`);
  }
}
