import type { ModelFiles } from '@diffprune/bert';
import type { ByteSource } from '@diffprune/files';
import { SourceError } from './source-error.ts';

/**
 * A `File`, or other bytes behind a page's `Blob`, which stay where they are until they are read.
 *
 * @param advice what to do where they cannot be read any more
 */
export function blobSource(path: string, blob: Blob, advice?: string): ByteSource {
  return {
    path,
    bytes: blob.size,
    read: async (position, length) => {
      try {
        return new Uint8Array(await blob.slice(position, position + length).arrayBuffer());
      } catch (error) {
        throw unreadable(path, error, advice);
      }
    },
    close: () => Promise.resolve(),
  };
}

function unreadable(
  path: string,
  error: unknown,
  advice = 'it may have changed since it was chosen: choose it again',
): SourceError {
  return new SourceError(path, 'unreadable', `it cannot be read (${(error as Error).message}); ${advice}`);
}

/**
 * The model among files that a user chose or dropped: those that lie beside the uppermost `config.json`. Files that came
 * with a folder say where they lie in it (`webkitRelativePath`); others lie side by side.
 */
export function chosenModel(files: readonly File[]): ModelFiles {
  const paths = files.map((file) => [file.webkitRelativePath || file.name, file] as const);
  const folders = paths
    .map(([path]) => /^(.*\/|)config\.json$/.exec(path)?.[1])
    .filter((folder) => folder !== undefined)
    .sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
  const folder = folders[0] ?? '';
  const beside = paths.filter(
    ([path]) => path.startsWith(folder) && !path.slice(folder.length).includes('/'),
  );
  return blobs(
    folder.replace(/\/$/, '') || 'files',
    beside.map(([path, file]) => [path.slice(folder.length), file]),
  );
}

/**
 * The model in a folder that a user picked (`showDirectoryPicker`) or dropped (`getAsFileSystemHandle`).
 *
 * @throws SourceError where the folder cannot be read
 */
export async function directoryModel(directory: FileSystemDirectoryHandle): Promise<ModelFiles> {
  const files: [string, File][] = [];
  try {
    for await (const [name, handle] of (directory as DirectoryEntries).entries()) {
      if (handle.kind === 'file') files.push([name, await (handle as FileSystemFileHandle).getFile()]);
    }
  } catch (error) {
    throw unreadable(directory.name, error);
  }
  return blobs(directory.name, files);
}

/** What TypeScript's `dom` lacks. */
type DirectoryEntries = FileSystemDirectoryHandle & {
  entries(): AsyncIterable<[string, FileSystemHandle]>;
};

function blobs(folder: string, files: readonly (readonly [string, Blob])[]): ModelFiles {
  const named = new Map(files);
  return {
    folder,
    names: [...named.keys()],
    open: (name) => Promise.resolve(blobSource(`${folder}/${name}`, named.get(name)!)),
  };
}

/**
 * The files of a drop, those in dropped folders too; each has its path as `webkitRelativePath`. Call it in the handler
 * of the `drop` event itself: afterwards the browser tells nothing of it any more.
 *
 * @returns files for `loadBase` and `ResidentBase.load`, or diffs for `applyDiff` and `add`
 * @throws SourceError for what cannot be read
 */
export async function droppedFiles({ items }: DataTransfer): Promise<File[]> {
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      const value = entry.fullPath.replace(/^\//, '');
      return [Object.defineProperty(file, 'webkitRelativePath', { value })];
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    const within: FileSystemEntry[] = [];
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (some.length === 0) break; // it gives a hundred at a time
      within.push(...some);
    }
    return (await Promise.all(within.map(filesOf))).flat();
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw unreadable(entry.fullPath, error);
  }
}
