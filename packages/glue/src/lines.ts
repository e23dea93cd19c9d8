import { DataFileError } from './errors.ts';

/** The longest line that is read, in bytes: thousands of pages of text. */
export const maxLineBytes = 2 ** 24;

/** The most lines that are read of one file; more rows than these do not fit the memory of a JavaScript program. */
const maxLines = 2 ** 23;

const lineFeed = 0x0a;

/**
 * The lines of a text file, without their line feeds; a byte order mark is left out. A carriage return before a line
 * feed is still there.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError naming the first line that is not UTF-8, has a NUL byte or is longer than 16 MiB; for a
 *   file of more than 2^23 lines
 */
export function* readLines(
  content: Uint8Array,
  file: string,
): Generator<{ readonly line: number; readonly text: string }> {
  const [first, second] = content;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new DataFileError(file, 1, 'UTF-16 by its byte order mark; convert the file to UTF-8');
  }
  // A mark is a character like any other at the beginning of each later line.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const firstNul = content.indexOf(0);
  const nul = firstNul < 0 ? Infinity : firstNul;
  for (let start = 0, line = 1; start < content.length; line++) {
    if (line > maxLines) {
      throw new DataFileError(file, line, `more than ${maxLines} lines; divide the file into parts`);
    }
    const found = content.indexOf(lineFeed, start);
    const end = found < 0 ? content.length : found;
    if (end - start > maxLineBytes) {
      const problem = `a line of ${end - start} bytes, at most ${maxLineBytes} are read`;
      throw new DataFileError(file, line, `${problem}; is this a text file with one row on each line?`);
    }
    if (nul < end) {
      throw new DataFileError(file, line, 'a NUL byte: not text, or UTF-16; convert the file to UTF-8');
    }
    let text: string;
    try {
      text = decoder.decode(content.subarray(start, end));
    } catch {
      throw new DataFileError(file, line, 'not valid UTF-8; convert the file to UTF-8 and try again');
    }
    yield { line, text: line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text };
    start = end + 1;
  }
}
