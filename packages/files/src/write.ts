import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { chunkBytes } from './regular-file.ts';

/** How the names of files end that are being written; a program that was killed leaves them behind. */
export const temporarySuffix = '.tmp';

type Content = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that at every moment `path` is either what it was or complete, even if the program is killed: the
 * content goes to a temporary file beside it, which is flushed to disk and then takes its name.
 *
 * @param content all of it, or its parts one after the other
 */
export async function writeFileAtomically(path: string, content: Content): Promise<void> {
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

function partsOf(content: Content) {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, chunkBytes));
    done += bytesWritten;
  }
}
