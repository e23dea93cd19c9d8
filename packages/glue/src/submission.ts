import { glueTasks } from './glue-tasks.ts';
import { formatSubmission } from './predictions.ts';
import type { Prediction } from './problem-type.ts';
import { problemTypeOf } from './problem-types.ts';
import type { Submission, Task } from './task.ts';

/** A split whose predictions the GLUE server takes. */
export interface SubmissionSplit extends Submission {
  readonly task: Task;
  readonly split: string;
}

/** The splits of a task that are part of a submission to the GLUE server; none for tasks that are not GLUE's. */
export function submissionSplits(task: Task): SubmissionSplit[] {
  return Object.entries(task.splits).flatMap(([split, { submission }]) =>
    submission === undefined ? [] : [{ ...submission, task, split }],
  );
}

/**
 * The eleven files that make a submission: one for each test set, two for MNLI's, and the diagnostic set's, AX. The
 * server takes them all or none, in a zip file without folders. Names: jiant, `jiant/evaluate.py` (`GLUE_NAME_MAP`);
 * rows: the data set `nyu-mll/glue`.
 */
export const glueSubmission: readonly SubmissionSplit[] = glueTasks.flatMap(submissionSplits);

/** The file of a split for which there is no model: all rows have the answer that is most often right in training. */
export function formatConstantSubmission({ task, rows, constant, file }: SubmissionSplit): string {
  const { values: _, ...named } = task;
  const value = problemTypeOf(task).parse(constant, named, file, 0);
  return formatSubmission(
    task,
    Array.from({ length: rows }, (_, row) => ({ index: String(row), value })),
  );
}

/**
 * What keeps the server from taking predictions: it wants one for each row of the test set, 0, 1, …
 *
 * @returns undefined where nothing does
 */
export function submissionFault(
  { file, rows }: Submission,
  predictions: readonly Pick<Prediction, 'index'>[],
): string | undefined {
  const found = new Set(predictions.map(({ index }) => index));
  if (predictions.length !== rows) {
    return `${file} has ${predictions.length.toLocaleString('en')} rows, GLUE's test set ${rows.toLocaleString('en')}`;
  }
  for (let row = 0; row < rows; row++) {
    if (!found.has(String(row))) return `${file} has no row with the index ${row}, which GLUE's test set has`;
  }
  return undefined;
}
