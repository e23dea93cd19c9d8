import { DataFileError } from './errors.ts';
import { showNames, showValue } from './show-value.ts';
import { problemTypeOf } from './problem-types.ts';
import type { Column, Problem, SplitLayout, Task } from './task.ts';
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
  return rowExamples(tsvRows(content, file), file, () => layout, labelReader(task, file));
}

/**
 * The examples in rows of a tab-separated file; see `readExamples`.
 *
 * @param layoutOf where things are, by the first row
 * @param readLabel the class or score of a label in a line; where it is left out, labels are not read
 * @param from number of the first row, where rows are counted
 */
export function rowExamples(
  rows: Iterable<Row>,
  file: string,
  layoutOf: (first: Row) => SplitLayout,
  readLabel?: (label: string, line: number) => number,
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
      ...(label !== undefined && readLabel && { label: readLabel(field(label), row.line) }),
      line: row.line,
    });
  }
  if (examples.length === 0) throw new DataFileError(file, undefined, 'no row of data below the header');
  return { examples, skippedLines };
}

/** Reads labels as a file spells them. */
export function labelReader(problem: Problem, file: string): (label: string, line: number) => number {
  const type = problemTypeOf(problem);
  return (label, line) => type.parse(label, problem, file, line);
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
