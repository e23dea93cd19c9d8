/** File access in Node. Its modules are loaded on first use, so that a browser can import this package. */

import type { FileHandle } from 'node:fs/promises';

/** The text of a file, or undefined if there is no such file. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** How the names of files end that are being written; a program that was killed leaves them behind. */
export const temporarySuffix = '.tmp';

/**
 * Writes a file so that at every moment `path` is either what it was or complete, even if the program is killed: the
 * content goes to a temporary file beside it, which is flushed to disk and then takes its name.
 *
 * @param content all of it, or its parts one after the other
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { open, rename, rm } = await import('node:fs/promises');
  const temporary = `${path}.${crypto.randomUUID()}${temporarySuffix}`;
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const part of partsOf(content)) await writeAll(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function partsOf(content: Parameters<typeof writeFileAtomically>[1]) {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** One system call moves at most 2 GiB. */
export const chunkBytes = 2 ** 30;

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, chunkBytes));
    done += bytesWritten;
  }
}

/**
 * Reads `length` bytes from `position` of an open file into a fresh buffer.
 *
 * @returns fewer bytes if the file ends before
 */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, chunkBytes), position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done === length ? bytes : bytes.slice(0, done);
}
