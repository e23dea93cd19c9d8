import { DataFileError } from './errors.ts';
import { showNames, showValue } from './show-value.ts';
import type { Column, SplitLayout, Task } from './task.ts';
import { splitLayout } from './task.ts';
import type { Row } from './tsv.ts';
import { tsvRows } from './tsv.ts';

/** One row of a task. */
export interface Example {
  /** The row's identifier in the file, or its number, counted from 0. */
  readonly index: string;
  readonly textA: string;
  readonly textB?: string;
  /** Class (position in the task's labels) or score; absent in a split without labels. */
  readonly label?: number;
  /** 1-based line in the file, for an example that comes from one. */
  readonly line?: number;
}

export interface Examples {
  readonly examples: readonly Example[];
  /** Lines left out because they have too few fields; only where the split's layout allows it. */
  readonly skippedLines: readonly number[];
}

/**
 * Reads the rows of a task's split from the bytes of its tab-separated file. Texts are kept as they are, quotes
 * and outer spaces included; fields beyond the columns that the task names are ignored.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError for an empty file, a column that is missing or there twice, a row with too few fields, an
 *   unknown label or an index with a tab or line break
 * @throws UnknownTaskError if the task has no such split
 */
export function readExamples(content: Uint8Array, file: string, task: Task, split: string): Examples {
  const layout = splitLayout(task, split);
  return rowExamples(tsvRows(content, file), file, () => layout, task);
}

/**
 * The examples in rows of a tab-separated file; see `readExamples`.
 *
 * @param layoutOf where things are, by the first row
 * @param task what the labels are read by, where the layout has any
 * @param from number of the first row, where rows are counted
 */
export function rowExamples(
  rows: Iterable<Row>,
  file: string,
  layoutOf: (first: Row) => SplitLayout,
  task: Pick<Task, 'problemType' | 'labels' | 'values' | 'range'>,
  from = 0,
): Examples {
  let layout: SplitLayout | undefined;
  let columns: Positions = { textA: 0 };
  const examples: Example[] = [];
  const skippedLines: number[] = [];
  for (const row of rows) {
    if (layout === undefined) {
      layout = layoutOf(row);
      columns = locateColumns(row.fields, layout, file);
      if (layout.header) continue;
    }
    const needed = 1 + Math.max(...Object.values(columns));
    const field = (column: number) => row.fields[column] ?? '';
    if (row.fields.length < needed) {
      if (layout.skipIncompleteRows !== true) throw tooFewFields(row, needed, file);
      skippedLines.push(row.line);
      continue;
    }
    const { textA, textB, label, index } = columns;
    examples.push({
      index: index === undefined ? String(from + examples.length) : checkIndex(field(index), file, row.line),
      textA: field(textA),
      ...(textB !== undefined && { textB: field(textB) }),
      ...(label !== undefined && { label: parseLabel(field(label), task, file, row.line) }),
      line: row.line,
    });
  }
  if (examples.length === 0) throw new DataFileError(file, undefined, 'no row of data below the header');
  return { examples, skippedLines };
}

type Role = 'textA' | 'textB' | 'label' | 'index';
type Positions = { textA: number } & Partial<Record<Role, number>>;

/** Zero-based positions of the columns that the layout names. */
function locateColumns(header: readonly string[], layout: SplitLayout, file: string): Positions {
  const position = (column: Column): number => {
    if (typeof column === 'number') return column;
    const found = header.indexOf(column);
    if (found < 0) {
      const problem = `no column "${column}" in the header, which names ${showNames(header)}`;
      throw new DataFileError(file, 1, problem);
    }
    if (header.includes(column, found + 1)) {
      throw new DataFileError(file, 1, `two columns are named "${column}"; keep the one that is meant`);
    }
    return found;
  };
  return {
    textA: position(layout.textA),
    ...(layout.textB !== undefined && { textB: position(layout.textB) }),
    ...(layout.label !== undefined && { label: position(layout.label) }),
    ...(layout.index !== undefined && { index: position(layout.index) }),
  };
}

function tooFewFields(row: Row, needed: number, file: string): DataFileError {
  const found = `${row.fields.length} tab-separated ${row.fields.length === 1 ? 'field' : 'fields'}`;
  return new DataFileError(file, row.line, `${found}, expected at least ${needed}`);
}

/**
 * A row's identifier.
 *
 * @throws DataFileError for one that could not stand in a prediction file
 */
export function checkIndex(index: string, file: string, line: number): string {
  if (!/[\t\r\n]/.test(index)) return index;
  const problem = `index ${showValue(index)} has a tab or a line break, so that no prediction file could hold it`;
  throw new DataFileError(file, line, `${problem}; change the index`);
}

/**
 * The class or score of a label as files spell it.
 *
 * @throws DataFileError naming the value and what is allowed
 */
export function parseLabel(
  value: string,
  task: Pick<Task, 'problemType' | 'labels' | 'values' | 'range'>,
  file: string,
  line: number,
): number {
  if (task.problemType === 'regression') {
    const score = parseNumber(value);
    const [low, high] = task.range ?? [-Infinity, Infinity];
    if (score === undefined || score < low || score > high) {
      const expected = task.range === undefined ? 'a number' : `a number from ${low} to ${high}`;
      throw new DataFileError(file, line, `score ${showValue(value)}, expected ${expected}`);
    }
    return score;
  }
  const values = task.values ?? task.labels;
  const found = values.indexOf(value);
  if (found < 0) {
    const allowed = values.join(', ');
    throw new DataFileError(file, line, `unknown label ${showValue(value)}, expected one of: ${allowed}`);
  }
  return found;
}

/** A decimal number, or undefined for anything else (`Number` alone would take '' and '0x1'). */
export function parseNumber(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;
}
