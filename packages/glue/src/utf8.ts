import { DataFileError } from './errors.ts';

/**
 * The text of a file, without a byte order mark.
 *
 * @throws DataFileError naming the first line that is not UTF-8
 */
export function decodeUtf8(content: Uint8Array, file: string): string {
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
