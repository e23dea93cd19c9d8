import { findTask, UnknownTaskError, type Task } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';

/** The GLUE task of this name, if it is one. */
export function glueTask(name: string): Task | undefined {
  try {
    return findTask(name);
  } catch (error) {
    if (error instanceof UnknownTaskError) return undefined;
    throw error;
  }
}

/** The task that a diff's predictions belong to: its labels, and no files of its own. */
export function taskOf({ task, head, labels }: Manifest): Task {
  return {
    name: task,
    folder: task,
    problemType: head === 'regression' ? 'regression' : 'single_label_classification',
    labels: head === 'regression' ? [] : labels,
    metrics: [],
    splits: {},
  };
}
