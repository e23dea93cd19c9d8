import type { Head } from '@diffprune/bert';
import { findTask, UnknownTaskError, type Task } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import { ApplierError } from './errors.ts';

/** The GLUE task of this name, if it is one. */
export function glueTask(name: string): Task | undefined {
  try {
    return findTask(name);
  } catch (error) {
    if (error instanceof UnknownTaskError) return undefined;
    throw error;
  }
}

/**
 * The output layer that a diff's manifest names.
 *
 * @throws ApplierError if it names none, or one of another kind
 */
export function headOf({ head, labels }: Manifest): Head {
  if (head === 'regression') return { kind: 'regression' };
  if (head === 'classification' && labels.length >= 2)
    return { kind: 'classification', labels: labels.length };
  const found =
    head === 'classification' ? `a classification head with ${labels.length} labels` : `head "${head}"`;
  throw new ApplierError(
    `the diff has ${found}; expected a classification of at least 2 labels, or a regression`,
  );
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
