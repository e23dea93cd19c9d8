import { createHead, type Head } from '@diffprune/bert';
import {
  findTask,
  textsOf,
  UnknownTaskError,
  type Example,
  type Problem,
  type Task,
  type TaskCodec,
} from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import { InferenceError } from './errors.ts';

/** The GLUE task of this name, if it is one. */
export function glueTask(name: string): Task | undefined {
  try {
    return findTask(name);
  } catch (error) {
    if (error instanceof UnknownTaskError) return undefined;
    throw error;
  }
}

/** What a diff's model answers. Older diffs of GLUE's tasks have `0` and `1` for labels that have names. */
export function problemOf({ task, head, labels }: Pick<Manifest, 'task' | 'head' | 'labels'>): Problem {
  if (head === 'regression') return { problemType: 'regression', labels: [] };
  const known = glueTask(task);
  const named = known?.values?.join('\n') === labels.join('\n') ? known.labels : labels;
  return { problemType: 'single_label_classification', labels: named };
}

/** How many texts an input of a task has, as GLUE says; 0 for another task. */
export function glueTexts(name: string): Manifest['texts'] {
  const task = glueTask(name);
  return task === undefined ? 0 : textsOf(task);
}

/** The output layer that a task needs. */
export function headOf({ head }: Pick<TaskCodec<unknown, unknown>, 'head'>): Head {
  return createHead(head.kind, head.labels ?? 0);
}

/**
 * Checks that examples have as many texts as the diff was trained with: its manifest says it, or else its task, if it is
 * one of GLUE's. Where neither does, both single texts and pairs are taken.
 *
 * @throws InferenceError naming the first example that has not
 */
export function checkTexts({ task, texts }: Manifest, examples: readonly Example[]): void {
  const expected = texts || glueTexts(task);
  const wrong = examples.find(({ textB }) => expected !== 0 && (textB === undefined ? 1 : 2) !== expected);
  if (wrong === undefined) return;
  const [takes, got] = expected === 2 ? ['two texts', 'one'] : ['one text', 'two'];
  throw new InferenceError(`task ${task} takes ${takes}, but example ${wrong.index} has ${got}`);
}
