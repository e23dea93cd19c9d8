import type { Task } from './task.ts';
import { splitLayout } from './task.ts';

/** The files of a split, all of one format. */
export interface SplitFiles {
  readonly format: 'tsv' | 'jsonl' | 'parquet';
  readonly files: readonly string[];
}

/**
 * Finds a split among the files of a folder: first in GLUE's layout, then as `<split>.jsonl` or `<split>.parquet`, whole
 * or in numbered parts. JSONL and Parquet files may also lie in a folder `data` or, as in the data set `nyu-mll/glue`,
 * in one that is called like the task; `dev` may be called `validation`.
 *
 * @param names paths within the folder, with `/`
 * @returns undefined if there is none
 * @throws UnknownTaskError if the task has no such split
 */
export function splitFiles(names: readonly string[], task: Task, split: string): SplitFiles | undefined {
  const { file } = splitLayout(task, split);
  if (names.includes(file)) return { format: 'tsv', files: [file] };
  const stem = split.startsWith('dev') ? `(dev|validation)${split.slice('dev'.length)}` : split;
  for (const folder of dataFolders(task)) {
    for (const format of ['jsonl', 'parquet'] as const) {
      const pattern = new RegExp(`^${stem}(-\\d{5}-of-\\d{5})?\\.${format}$`);
      const files = names.filter(
        (name) => name.startsWith(folder) && pattern.test(name.slice(folder.length)),
      );
      if (files.length > 0) return { format, files: files.sort() };
    }
  }
  return undefined;
}

/** Where a folder may hold its JSONL and Parquet files. */
export function dataFolders(task: Task): string[] {
  return ['', `${task.name}/`, 'data/'];
}

/** The files of all splits of a task among those of a folder; none if there are no files of the task. */
export function taskFiles(names: readonly string[], task: Task): string[] {
  return Object.keys(task.splits).flatMap((split) => splitFiles(names, task, split)?.files ?? []);
}
