import { DataFileError } from './errors.ts';

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
  const lines = decode(content, file).split('\n');
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

function decode(content: Uint8Array, file: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return decoder.decode(content);
  } catch {
    const line = firstBadLine(content, decoder);
    throw new DataFileError(file, line, 'not valid UTF-8; convert the file to UTF-8 and try again');
  }
}

/** A line feed is never part of another character in UTF-8, so that lines can be judged one by one. */
function firstBadLine(content: Uint8Array, decoder: TextDecoder): number {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = content.indexOf(0x0a, start);
    try {
      decoder.decode(content.subarray(start, end < 0 ? content.length : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    start = end + 1;
  }
}
