import { fstatSync, type Stats } from 'node:fs';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { chunkBytes } from './regular-file.ts';

/** How the names of files end that are being written; a program that was killed leaves them behind. */
export const temporarySuffix = '.tmp';

type Content = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that at every moment `path` is either what it was or complete, even if the program is killed: the
 * content goes to a temporary file beside it, which is flushed to disk and then takes its name. A link is followed. What
 * is no file (a pipe, a device) or is where this program's output goes cannot be replaced: it is written to as it is.
 *
 * @param content all of it, or its parts one after the other
 */
export async function writeFileAtomically(path: string, content: Content): Promise<void> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (there && (isOutput(there) || !(there.isFile() || there.isDirectory()))) return append(path, content);
  const target = there ? await realpath(path) : path;
  const temporary = `${target}.${crypto.randomUUID()}${temporarySuffix}`;
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const part of partsOf(content)) await writeAll(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Whether a file is the one that standard output or error goes to, as `/dev/stdout` may be. */
function isOutput({ dev, ino }: Stats): boolean {
  return [1, 2].some((descriptor) => {
    try {
      const own = fstatSync(descriptor);
      return own.dev === dev && own.ino === ino;
    } catch {
      return false; // it is closed
    }
  });
}

async function append(path: string, content: Content): Promise<void> {
  const file = await open(path, 'a');
  try {
    for await (const part of partsOf(content)) await writeAll(file, part);
  } finally {
    await file.close();
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
