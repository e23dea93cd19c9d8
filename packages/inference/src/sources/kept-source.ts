import type { ByteSource } from '@diffprune/files';
import { blobSource } from './chosen-files.ts';

/** A file that a worker reads and writes without waiting; what TypeScript's `dom` lacks. */
export interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(options?: { readonly mode: 'read-only' | 'readwrite' }): Promise<SyncAccess>;
}

interface SyncAccess {
  read(target: Uint8Array, options: { readonly at: number }): number;
  write(content: Uint8Array, options: { readonly at: number }): number;
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
export async function keptSource(
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

/** The SHA-256 of a file in hexadecimal. */
export async function sha256Of(file: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
