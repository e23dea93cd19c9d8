import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readExamples, type Example, type Task } from '@diffprune/glue';
import { ApplierError } from './errors.ts';
import { glueTask } from './task.ts';

/** How to find the texts in a file; without either, a GLUE task's file is known by its name. */
export interface RowOptions {
  /** Split of a GLUE task whose columns the file has. */
  readonly split?: string;
  /** Names, in the file's header, of the column of the text, or of the two columns of the pair. */
  readonly columns?: readonly string[];
}

/**
 * Reads the rows of a tab-separated file. A row's identifier is in the column that the GLUE task names, elsewhere in
 * the column `index`, and where there is none it is the row's number.
 *
 * @param taskName the task of the diff, in GLUE or not
 * @throws ApplierError if nothing says which columns hold the texts; DataFileError for a malformed file
 */
export async function readRows(
  file: string,
  taskName: string,
  options: RowOptions,
): Promise<readonly Example[]> {
  const content = await readFile(file);
  const known = options.columns === undefined ? glueTask(taskName) : undefined;
  const task = known ?? namedColumns(taskName, file, headerOf(content), options);
  const split = known ? (options.split ?? splitOf(known, file)) : file;
  return readExamples(content, file, task, split).examples;
}

function headerOf(content: Uint8Array): string[] {
  const end = content.indexOf(0x0a);
  const line = new TextDecoder().decode(content.subarray(0, end < 0 ? content.length : end));
  return line.replace(/\r$/, '').split('\t');
}

function splitOf(task: Task, file: string): string {
  const found = Object.entries(task.splits).find(([, layout]) => layout.file === basename(file));
  if (found === undefined) {
    const splits = Object.keys(task.splits).join('|');
    throw new ApplierError(
      `${file}: not the name of a file of ${task.name}; say which columns it has with --split ${splits}, ` +
        `or name them with --columns`,
    );
  }
  return found[0];
}

const usualColumns = [['sentence'], ['sentence1', 'sentence2']];

/** A task with this file as its only split. */
function namedColumns(name: string, file: string, header: readonly string[], options: RowOptions): Task {
  if (options.split !== undefined) {
    throw new ApplierError(
      `--split is for the files of a GLUE task, which ${name || 'this'} is not; use --columns`,
    );
  }
  const columns =
    options.columns ?? usualColumns.find((names) => names.every((name) => header.includes(name)));
  if (columns === undefined) {
    throw new ApplierError(
      `${file}:1: no column "sentence", and no columns "sentence1" and "sentence2"; the header names ` +
        `${header.map((name) => JSON.stringify(name)).join(', ')}; choose from them with --columns`,
    );
  }
  const [textA, textB, ...more] = columns;
  if (textA === undefined || more.length > 0) {
    throw new ApplierError(`--columns takes one name or two, separated by a comma, not ${columns.length}`);
  }
  const index = header.includes('index') ? { index: 'index' } : {};
  const layout = { file, header: true, textA, ...(textB !== undefined && { textB }), ...index };
  return {
    name,
    folder: name,
    problemType: 'regression',
    labels: [],
    metrics: [],
    splits: { [file]: layout },
  };
}
