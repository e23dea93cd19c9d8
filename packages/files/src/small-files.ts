import { FileError, JsonError } from './errors.ts';
import { parseJson, type JsonRules } from './json.ts';
import { openRegularFile, readAt, type FileStamp } from './regular-file.ts';

/** Far more than any configuration has. */
const usualBytes = 2 ** 24;

/**
 * The bytes of a file.
 *
 * @param maxBytes how long it may be, 16 MiB unless told
 * @throws FileError if it is longer, or no regular file; the error of the file system if it cannot be read
 */
export async function readBytes(path: string, maxBytes = usualBytes): Promise<Uint8Array<ArrayBuffer>> {
  return (await readStamped(path, maxBytes)).bytes;
}

async function readStamped(
  path: string,
  maxBytes = usualBytes,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; stamp: FileStamp }> {
  const { handle, ...stamp } = await openRegularFile(path);
  try {
    const { bytes } = stamp;
    if (bytes > maxBytes) throw new FileError(path, `${bytes} bytes, expected at most ${maxBytes}`);
    return { bytes: await readAt({ path, handle }, 0, bytes), stamp };
  } finally {
    await handle.close();
  }
}

/**
 * The text of a file, a byte-order mark included.
 *
 * @param maxBytes how long it may be, 16 MiB unless told
 * @throws FileError as {@link readBytes}, and if it is not UTF-8
 */
export async function readText(path: string, maxBytes?: number): Promise<string> {
  return decode(path, await readBytes(path, maxBytes));
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(path, 'it is not UTF-8 text');
  }
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
export async function readJson(path: string, rules?: JsonRules, maxBytes?: number): Promise<unknown> {
  return (await readStampedJson(path, rules, maxBytes)).value;
}

/** As {@link readJson}, with the stamp of the file that was read. */
export async function readStampedJson(
  path: string,
  rules?: JsonRules,
  maxBytes?: number,
): Promise<{ value: unknown; stamp: FileStamp }> {
  const { bytes, stamp } = await readStamped(path, maxBytes);
  try {
    return { value: parseJson(decode(path, bytes), rules), stamp };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new FileError(path, error.message);
  }
}
