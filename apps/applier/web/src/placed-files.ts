import type { BaseSource, DiffSource } from './worker/protocol.ts';

/** A file, and the name of the folder that it lies in; empty where that is not known. */
export interface PlacedFile {
  readonly folder: string;
  readonly file: File;
}

/** What a reader chose in a picker of files, or of a folder. */
export function chosenFiles(files: Iterable<File>): PlacedFile[] {
  return Array.from(files, (file) => ({ folder: file.webkitRelativePath.split('/').at(-2) ?? '', file }));
}

/** What a page can do with files: the base is the folder of the first `config.json`, every `.sdiff` is a task. */
export function sortFiles(files: readonly PlacedFile[]): {
  readonly base: BaseSource | undefined;
  readonly diffs: readonly DiffSource[];
} {
  const ending = '.sdiff';
  const diffs = files
    .filter(({ file }) => file.name.endsWith(ending))
    .map(({ file }) => ({ name: file.name.slice(0, -ending.length), from: file }));
  const config = files.find(({ file }) => file.name === 'config.json');
  if (config === undefined) return { base: undefined, diffs };
  const beside = files.filter(({ folder }) => folder === config.folder).map(({ file }) => file);
  return { base: { name: config.folder || 'the base', files: beside }, diffs };
}
