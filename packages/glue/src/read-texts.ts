import { DataFileError } from './errors.ts';
import type { Example } from './examples.ts';
import { rowExamples } from './examples.ts';
import { readFileBytes, readStandardInput } from './file-bytes.ts';
import type { DataFormat } from './format.ts';
import { formatOfContent, formatOfName, parseRecords } from './format.ts';
import type { TextFields } from './records.ts';
import { indexNames, recordExamples, taskFields } from './records.ts';
import { showNames, showValue } from './show-value.ts';
import type { SplitLayout, Task } from './task.ts';
import { splitLayout } from './task.ts';
import type { Row } from './tsv.ts';
import { tsvRows } from './tsv.ts';

/** How to find the texts in a file. */
export interface TextOptions {
  /** The file's format; where absent, its name says it, or else its content does. */
  readonly format?: DataFormat;
  /** Names of the column with the text, or of the two columns with a pair. */
  readonly columns?: readonly string[];
  /** A task whose columns the file has; where absent, `sentence`, `text`, or `sentence1` and `sentence2`. */
  readonly task?: Task;
  /** The task's split whose tab-separated layout the file has; where absent, the file's name says it. */
  readonly split?: string;
}

/**
 * Reads texts to make predictions for: TSV, CSV, JSONL or Parquet. Labels are not read. A row's index is in
 * the column `idx` or `index`, or the one that the task's layout names; where there is none, rows are counted from 0.
 *
 * @param path a file, or `-` for standard input
 * @throws DataFileError for a file that cannot be read or is malformed, for columns that it does not have, and where
 *   nothing says which columns hold the texts
 * @throws UnknownTaskError if the task has no such split
 */
export async function readTexts(path: string, options: TextOptions = {}): Promise<readonly Example[]> {
  const { columns } = options;
  const file = path === '-' ? 'standard input' : path;
  if (columns !== undefined && columns.length !== 1 && columns.length !== 2) {
    throw new DataFileError(file, undefined, `texts are in one column or two, not in ${columns.length}`);
  }
  const content = await (path === '-' ? readStandardInput(file) : readFileBytes(path));
  const format = options.format ?? formatOfName(path) ?? formatOfContent(content, file);
  if (format !== 'tsv') {
    const records = await parseRecords(content, file, format);
    return recordExamples(records, ({ fields }) => chooseFields(Object.keys(fields), file, options));
  }
  const layout = (first: Row): SplitLayout => {
    const { label: _, ...unlabelled } = layoutOf(path, options) ?? namedLayout(first.fields, file, options);
    return unlabelled;
  };
  return rowExamples(tsvRows(content, file), file, layout).examples;
}

/** The layout that a task gives the file by its split or its name. */
function layoutOf(path: string, { task, split, columns }: TextOptions): SplitLayout | undefined {
  if (task === undefined || columns !== undefined) return undefined;
  if (split !== undefined) return splitLayout(task, split);
  const name = path.split(/[\\/]/).at(-1);
  return Object.values(task.splits).find(({ file }) => file === name);
}

function namedLayout(header: readonly string[], file: string, options: TextOptions): SplitLayout {
  const index = indexNames.find((name) => header.includes(name));
  const fields = chooseFields(header, file, options);
  return { file, header: true, ...fields, ...(index !== undefined && { index }) };
}

function chooseFields(names: readonly string[], file: string, { columns, task }: TextOptions): TextFields {
  if (columns !== undefined) {
    const missing = columns.find((column) => !names.includes(column));
    if (missing === undefined)
      return { textA: columns[0]!, ...(columns[1] !== undefined && { textB: columns[1] }) };
    throw new DataFileError(file, 1, `no column ${showValue(missing)}, only ${showNames(names)}`);
  }
  const usual = task === undefined ? usualFields : fieldsOf(task);
  const fitting = usual.filter((fields) => Object.values(fields).every((name) => names.includes(name)));
  if (fitting.length === 1) return fitting[0]!;
  const expected = usual.map((fields) => Object.values(fields).map(showValue).join(' and ')).join(', or ');
  const problem = fitting.length === 0 ? `no columns ${expected}` : `more than one of ${expected}`;
  throw new DataFileError(file, 1, `${problem}; there are ${showNames(names)}: say which hold the texts`);
}

const usualFields: readonly TextFields[] = [
  { textA: 'sentence' },
  { textA: 'text' },
  { textA: 'sentence1', textB: 'sentence2' },
];

/** What a task's texts are called in records and in the headers of its tab-separated files. */
function fieldsOf(task: Task): TextFields[] {
  const all = Object.entries(task.splits).flatMap(([split, { header, textA, textB }]) => {
    const named = { textA: String(textA), ...(textB !== undefined && { textB: String(textB) }) };
    return [taskFields(task, split), ...(header ? [named] : [])];
  });
  return [...new Map(all.map((fields) => [JSON.stringify(fields), fields])).values()];
}
