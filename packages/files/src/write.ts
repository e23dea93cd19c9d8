import { fstatSync, type Stats } from 'node:fs';
import { open, readdir, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { chunkBytes } from './regular-file.ts';

/** How the names of files end that are being written; a program that was killed leaves them behind. */
export const temporarySuffix = '.tmp';

/** Removes what programs that were killed have left half-written in a folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(temporarySuffix)) await rm(join(folder, name));
  }
}

type Content = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that at every moment `path` is either what it was or complete, even if the program is killed: the
 * content goes to a temporary file beside it, which is flushed to disk and then takes its name. A link is followed, to
 * where there is nothing yet, too. What is no file (a pipe, a device) or is where this program's output goes cannot be replaced: it is written to as it is.
 *
 * @param content all of it, or its parts one after the other
 * @throws what the file system throws, with `path` for its path; whatever the content's parts throw
 */
export async function writeFileAtomically(path: string, content: Content): Promise<void> {
  const there = await stat(path).catch(unlessMissing);
  try {
    if (there && (isOutput(there) || !(there.isFile() || there.isDirectory()))) await append(path, content);
    else await replace(await followLinks(path), content);
  } catch (error) {
    // of a write that fails the system does not say where, and else names the temporary file
    const { code } = error as NodeJS.ErrnoException;
    throw error instanceof Error && code !== undefined ? Object.assign(error, { path }) : error;
  }
}

/** Where a path leads by its links, be there a file or nothing yet; @throws what the file system throws for a loop. */
export async function followLinks(path: string): Promise<string> {
  const real = await realpath(path).catch(unlessMissing);
  if (real !== undefined) return real;
  const link = await readlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EINVAL') return undefined; // it has just come to be
    return unlessMissing(error);
  });
  return link === undefined ? path : followLinks(resolve(dirname(path), link));
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

async function replace(path: string, content: Content): Promise<void> {
  const temporary = join(dirname(path), `${crypto.randomUUID()}${temporarySuffix}`);
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
