import { readSync } from 'node:fs';
import { constants, open, type FileHandle } from 'node:fs/promises';
import type { ByteSource } from './byte-source.ts';
import { FileError } from './errors.ts';

/** A file, and what tells it from any other and from itself before a change. */
export interface FileStamp {
  readonly path: string;
  /** Length in bytes. */
  readonly bytes: number;
  /** Its inode, size, and the times of its last change and of its last change of anything, in nanoseconds. */
  readonly stamp: string;
  /** The later of the two times, in milliseconds since 1970. */
  readonly changed: number;
  /** When the file was opened, by this machine's clock. */
  readonly opened: number;
}

/** A file that is open for reading. */
export interface RegularFile extends FileStamp, ByteSource {}

/**
 * Opens a file for reading. Pipes, devices and folders are refused, without waiting for anybody to write to them.
 *
 * @throws FileError if it is anything but a regular file, and where it reads more than there is memory for; the error
 *   of the file system if it cannot be opened
 */
export async function openRegularFile(path: string): Promise<RegularFile> {
  // a pipe that nobody writes to would block; Windows has no such flag, nor such pipes
  const flags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);
  const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENXIO') throw new FileError(path, 'it is a socket or a device, expected a file');
    if (error.code === 'EISDIR') throw new FileError(path, 'it is a folder, expected a file');
    throw error;
  });
  try {
    const opened = Date.now();
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) {
      const found = stats.isDirectory() ? 'a folder' : stats.isFIFO() ? 'a pipe' : 'a device';
      throw new FileError(path, `it is ${found}, expected a file`);
    }
    const { ino, size, mtimeNs, ctimeNs } = stats;
    const changed = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
    const stamp = `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    return {
      path,
      bytes: Number(size),
      stamp,
      changed,
      opened,
      read: (position, length) => readAt(path, handle, position, length),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** One system call moves at most 2 GiB. */
export const chunkBytes = 2 ** 30;

/** @throws FileError if there is not so much memory */
async function readAt(
  path: string,
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(path, length);
  let done = 0;
  while (done < length) {
    const count = Math.min(length - done, chunkBytes);
    const { bytesRead } = await handle.read(bytes, done, count, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done === length ? bytes : bytes.slice(0, done);
}

/**
 * Reads `length` bytes from `position` of a file descriptor into a fresh buffer, at once.
 *
 * @returns fewer bytes if the file ends before
 * @throws FileError if there is not so much memory
 */
export function readAtSync(
  path: string,
  descriptor: number,
  position: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = allocate(path, length);
  let done = 0;
  for (let read = -1; done < length && read !== 0; done += read) {
    read = readSync(descriptor, bytes, done, Math.min(length - done, chunkBytes), position + done);
  }
  return done === length ? bytes : bytes.slice(0, done);
}

function allocate(path: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new FileError(path, `${length} bytes of it are needed at once, more memory than there is`);
  }
}
