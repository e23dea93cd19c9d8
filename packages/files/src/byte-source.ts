import { FileError, JsonError } from './errors.ts';
import { parseJson, type JsonRules } from './json.ts';

/** Bytes that stay where they are until they are asked for: on a disk, in memory, behind a page's `File`. */
export interface ByteSource {
  /** What messages call it. */
  readonly path: string;
  /** Length in bytes. */
  readonly bytes: number;
  /**
   * Copies `length` bytes from `position` into a fresh buffer.
   *
   * @returns fewer bytes if it ends before
   */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The bytes that `read` gives, where they need not be copied for it: nobody may change them, and they stay what they are
   * until the source is asked for others.
   */
  view?(position: number, length: number): Uint8Array;
  close(): Promise<void>;
}

/** Bytes in memory. */
export function memorySource(path: string, content: Uint8Array): ByteSource {
  return {
    path,
    bytes: content.length,
    read: (position, length) =>
      Promise.resolve(new Uint8Array(content.subarray(position, position + length))),
    view: (position, length) => content.subarray(position, position + length),
    close: () => Promise.resolve(),
  };
}

/** Far more than any configuration has. */
const usualBytes = 2 ** 24;

/**
 * All bytes of a source.
 *
 * @param maxBytes how long it may be, 16 MiB unless told
 * @throws FileError if it is longer
 */
export async function sourceBytes(
  source: ByteSource,
  maxBytes = usualBytes,
): Promise<Uint8Array<ArrayBuffer>> {
  const { path, bytes } = source;
  if (bytes > maxBytes) throw new FileError(path, `${bytes} bytes, expected at most ${maxBytes}`);
  return source.read(0, bytes);
}

/**
 * The text of a source, a byte-order mark included.
 *
 * @throws FileError as {@link sourceBytes}, and if it is not UTF-8
 */
export async function sourceText(source: ByteSource, maxBytes?: number): Promise<string> {
  const bytes = await sourceBytes(source, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(source.path, 'it is not UTF-8 text');
  }
}

/**
 * The value of a JSON text, as `parseJson` gives it.
 *
 * @throws FileError as {@link sourceText}, and if it is not JSON or breaks a rule
 */
export async function sourceJson(source: ByteSource, rules?: JsonRules, maxBytes?: number): Promise<unknown> {
  const text = await sourceText(source, maxBytes);
  try {
    return parseJson(text, rules);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new FileError(source.path, error.message);
  }
}
