import type { MetricName } from '@diffprune/evaluators';
import { UnknownTaskError } from './errors.ts';

/** A column: its name in the header line, or, in a file without one, its zero-based position. */
export type Column = string | number;

/** Where one split of a task lies and which columns of its tab-separated file matter. */
export interface SplitLayout {
  /** File name inside the task's folder. */
  readonly file: string;
  /** Whether the first line names the columns. */
  readonly header: boolean;
  readonly textA: Column;
  /** Absent for single-sentence tasks. */
  readonly textB?: Column;
  /** Absent where the labels are withheld (test splits). */
  readonly label?: Column;
  /** The row's own identifier; where absent, rows are counted from 0. */
  readonly index?: Column;
  /** Leave out rows with too few fields, and report them, instead of refusing the file. */
  readonly skipIncompleteRows?: boolean;
  /** What the GLUE server takes for this split's predictions. */
  readonly submission?: Submission;
  /** Where else the split may lie: paths in the data's folder, without the extension, as in `ax/test`. */
  readonly elsewhere?: readonly string[];
  /** The split is in `file` alone, whose name says its format, and not in files that are called like the split. */
  readonly fileOnly?: boolean;
  /** Fields of tab-separated files may stand in double quotes, as in CSV; in GLUE's files a double quote is text. */
  readonly quotes?: boolean;
}

/** A file of a submission to the GLUE server. */
export interface Submission {
  /** Its name in the zip file. */
  readonly file: string;
  /** Rows of the benchmark's test set, whose indices are 0, 1, … */
  readonly rows: number;
  /** The answer that is most often right in the training set, as its labels are called; of scores, their mean. */
  readonly constant: string;
}

/** What is asked of a text or a pair of texts: which of some labels it has, or what its score is. */
export interface Problem {
  readonly problemType: 'single_label_classification' | 'regression';
  /** Names of the labels, as the data set `nyu-mll/glue` has them; a label's position is its class. Empty for a regression. */
  readonly labels: readonly string[];
  /** The labels as the tab-separated files and the submissions spell them, where that is not by name: `0` and `1`. */
  readonly values?: readonly string[];
  /** Smallest and largest score of a regression. */
  readonly range?: readonly [number, number];
}

/** A task in GLUE's layout. The nine of GLUE are `glueTasks`; any other object of this shape serves as well. */
export interface Task extends Problem {
  /** Short lower-case key: `sst2`. */
  readonly name: string;
  /** The official spelling, which is also the name of GLUE's folder: `SST-2`. */
  readonly folder: string;
  /**
   * Names of the texts in CSV, JSONL and Parquet files, as the data set `nyu-mll/glue` has them; where absent, those of
   * the splits' columns. The label, a class or score, is `label` unless it is named here, the index `idx` or `index`.
   */
  readonly fields?: {
    readonly textA: string;
    readonly textB?: string;
    readonly label?: string;
    readonly index?: string;
  };
  /** What the task reports; its main score is their mean. */
  readonly metrics: readonly MetricName[];
  /** `train`, `dev` and `test`; MNLI has `dev_matched`, `dev_mismatched`, their test twins and the diagnostic set, `ax`. */
  readonly splits: Readonly<Record<string, SplitLayout>>;
}

/**
 * Layout of a task's split.
 *
 * @throws UnknownTaskError if the task has no such split
 */
export function splitLayout(task: Task, split: string): SplitLayout {
  const layout = Object.hasOwn(task.splits, split) ? task.splits[split] : undefined;
  if (layout === undefined) {
    const known = Object.keys(task.splits).join(', ');
    throw new UnknownTaskError(`task ${task.name} has no split "${split}"; it has ${known}`);
  }
  return layout;
}

/** The splits with labels that a task is evaluated on: `['dev']`, or MNLI's two. */
export function devSplits(task: Task): string[] {
  return Object.keys(task.splits).filter((split) => split.startsWith('dev'));
}

/** How many texts an example of a task has. */
export function textsOf({ splits }: Pick<Task, 'splits'>): 1 | 2 {
  return Object.values(splits).some(({ textB }) => textB !== undefined) ? 2 : 1;
}
