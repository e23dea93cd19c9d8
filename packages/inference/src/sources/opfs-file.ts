import type { ByteSource } from '@diffprune/files';
import { blobSource } from './chosen-files.ts';
import { StoreError } from './source-error.ts';

/** A file that a worker reads and writes without waiting; what TypeScript's `dom` lacks. */
export interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(options?: { readonly mode: 'read-only' | 'readwrite' }): Promise<SyncAccess>;
}

interface SyncAccess {
  read(target: Uint8Array, options: { readonly at: number }): number;
  write(content: Uint8Array, options: { readonly at: number }): number;
  truncate(length: number): void;
  flush(): void;
  close(): void;
}

/**
 * A file of the page's own file system, to read from: by a sync access handle in a worker, which is the fastest way, else
 * slice by slice.
 *
 * @param path what messages call it
 * @param file of the handle
 */
export async function openSource(
  path: string,
  handle: FileSystemFileHandle,
  file: File,
): Promise<ByteSource> {
  const access = await openAccess(handle);
  if (access === undefined) return blobSource(path, file, 'load it again');
  const bytes = file.size;
  let memory = new Uint8Array(0); // fresh memory is slow the first time
  return {
    path,
    bytes,
    read: async (position, length) => {
      const target = new Uint8Array(Math.max(0, Math.min(length, bytes - position)));
      const count = access.read(target, { at: position });
      return count < target.length ? target.slice(0, count) : target;
    },
    view: (position, length) => {
      if (memory.length < length) memory = new Uint8Array(length);
      return memory.subarray(0, access.read(memory.subarray(0, length), { at: position }));
    },
    close: async () => access.close(),
  };
}

/** Undefined on a page's main thread, and where another tab has the file open and the browser lets only one have it. */
async function openAccess(handle: FileSystemFileHandle): Promise<SyncAccess | undefined> {
  if (!('createSyncAccessHandle' in handle)) return undefined;
  return (handle as SyncFileHandle).createSyncAccessHandle({ mode: 'read-only' }).catch(() => undefined);
}

/** Makes an error of the file system a {@link StoreError}. */
export async function storing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError(reasonOf(error as Error), { cause: error });
  }
}

function reasonOf({ name, message }: Error): string {
  return name === 'QuotaExceededError' ? 'there is no room for it' : message || name;
}

/** Writes a file: in a worker by the fast way, which a page's main thread does not have. */
export async function writeChunks(
  handle: FileSystemFileHandle,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  if ('createSyncAccessHandle' in handle) {
    const access = await storing(() => (handle as SyncFileHandle).createSyncAccessHandle());
    try {
      await storing(async () => access.truncate(0)); // of what a tab that was closed has left
      let at = 0;
      for await (const chunk of chunks) {
        await storing(async () => {
          const written = access.write(chunk, { at });
          if (written < chunk.length) throw new Error('there is no room for it');
        });
        at += chunk.length;
      }
      await storing(async () => access.flush());
    } finally {
      access.close();
    }
    return;
  }
  const writable = await storing(() => handle.createWritable());
  try {
    for await (const chunk of chunks) await storing(() => writable.write(chunk));
    await storing(() => writable.close());
  } catch (error) {
    await writable.abort().catch(() => undefined);
    throw error;
  }
}

/** Gives a file its name, in place of one that has it. */
export async function move(handle: FileSystemFileHandle, name: string): Promise<void> {
  await (handle as FileSystemFileHandle & { move(name: string): Promise<void> }).move(name);
}
