import { DataFileError } from './errors.ts';
import { readLines } from './lines.ts';

/** One row of a tab-separated file. */
export interface Row {
  /** 1-based line number in the file. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * The rows of a tab-separated file, one after the other. Nothing is unquoted: in GLUE's files a double quote is text. Only a line
 * feed ends a line (with the carriage return before it, in files from Windows); other control characters belong
 * to the text. A byte order mark, and empty lines at the end, are dropped.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError for a file that is empty, or a line that `readLines` refuses
 */
export function* tsvRows(content: Uint8Array, file: string): Generator<Row> {
  let any = false;
  let empty: number[] = []; // lines that are the end of the file, unless a row follows
  for (const { line, text } of readLines(content, file)) {
    const row = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (row === '') {
      empty.push(line);
      continue;
    }
    for (const line of empty) yield { line, fields: [''] };
    empty = [];
    any = true;
    yield { line, fields: row.split('\t') };
  }
  if (!any) throw new DataFileError(file, undefined, 'the file is empty; expected rows of data');
}
