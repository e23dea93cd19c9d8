import { sourceBytes, sourceJson, sourceText } from './byte-source.ts';
import type { JsonRules } from './json.ts';
import { openRegularFile, type RegularFile } from './regular-file.ts';

/**
 * The bytes of a file.
 *
 * @param maxBytes how long it may be, 16 MiB unless told
 * @throws FileError if it is longer, or no regular file; the error of the file system if it cannot be read
 */
export function readBytes(path: string, maxBytes?: number): Promise<Uint8Array<ArrayBuffer>> {
  return readFrom(path, (file) => sourceBytes(file, maxBytes));
}

/**
 * The text of a file, a byte-order mark included.
 *
 * @param maxBytes how long it may be, 16 MiB unless told
 * @throws FileError as {@link readBytes}, and if it is not UTF-8
 */
export function readText(path: string, maxBytes?: number): Promise<string> {
  return readFrom(path, (file) => sourceText(file, maxBytes));
}

/** As {@link readText}; undefined if there is no such file. */
export async function readTextIfPresent(path: string, maxBytes?: number): Promise<string | undefined> {
  return readText(path, maxBytes).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/**
 * The value of a JSON file, as `parseJson` gives it.
 *
 * @throws FileError as {@link readText}, and if it is not JSON or breaks a rule
 */
export function readJson(path: string, rules?: JsonRules, maxBytes?: number): Promise<unknown> {
  return readFrom(path, (file) => sourceJson(file, rules, maxBytes));
}

async function readFrom<Read>(path: string, read: (file: RegularFile) => Promise<Read>): Promise<Read> {
  const file = await openRegularFile(path);
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}
