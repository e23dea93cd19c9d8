import { DataFileError } from './errors.ts';
import { decodeUtf8 } from './utf8.ts';

/** One row of a tab-separated file. */
export interface Row {
  /** 1-based line number in the file. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Splits a tab-separated file into rows. Nothing is unquoted: in GLUE's files a double quote is text. Only a line
 * feed ends a line (with the carriage return before it, in files from Windows); other control characters belong
 * to the text. A byte order mark, and empty lines at the end, are dropped.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError if the file is empty or not UTF-8
 */
export function parseTsv(content: Uint8Array, file: string): Row[] {
  const lines = decodeUtf8(content, file).split('\n');
  const rows = lines.map((text, position): Row => {
    const fields = (text.endsWith('\r') ? text.slice(0, -1) : text).split('\t');
    return { line: position + 1, fields };
  });
  while (rows.length > 0 && isEmpty(rows[rows.length - 1])) rows.pop();
  if (rows.length === 0) throw new DataFileError(file, undefined, 'the file is empty; expected rows of data');
  return rows;
}

function isEmpty(row: Row | undefined): boolean {
  return row?.fields.length === 1 && row.fields[0] === '';
}
