import { DataFileError } from './errors.ts';
import type { DataFormat } from './format.ts';
import { dataFormats, formatOfName } from './format.ts';
import type { Task } from './task.ts';
import { splitLayout } from './task.ts';

/** The files of a split, all of one format, in their order. */
export interface SplitFiles<Format extends string = DataFormat> {
  readonly format: Format;
  readonly files: readonly string[];
}

/**
 * Finds a split among the files of a folder: the file of the task's layout, or `<split>.tsv`, `.csv`, `.jsonl` or
 * `.parquet`, whole or in numbered parts (`train-00000-of-00002.parquet`). The files may lie in the folder, in its
 * folder `data` or in one that is called like the task, as in the data set `nyu-mll/glue` (`sst2`) and in the whole of
 * GLUE's download (`SST-2`); `dev` may be called `validation`, `valid` or `val`.
 *
 * @param names paths within the folder, with `/`
 * @param source the folder's name, for messages
 * @returns undefined if there is none
 * @throws DataFileError where a part is missing or there twice, or the split lies there more than once: whole and in
 *   parts, in two divisions, under two names, in two formats or folders
 * @throws UnknownTaskError if the task has no such split
 */
export function splitFiles(
  names: readonly string[],
  task: Task,
  split: string,
  source: string,
): SplitFiles | undefined {
  const { file, fileOnly = false, elsewhere = [] } = splitLayout(task, split);
  const stems = new Set([file.slice(0, file.lastIndexOf('.')), ...splitStems(split)]);
  const folders = new Set(taskFolders(task));
  return findSplit(names, split, source, {
    formats: dataFormats,
    named: (name) => (name === file ? (formatOfName(file) ?? 'tsv') : undefined),
    has: (folder, stem) =>
      !fileOnly && ((folders.has(folder) && stems.has(stem)) || elsewhere.includes(folder + stem)),
  });
}

/** What the files of a split are called. */
export interface SplitNaming<Format extends string> {
  /** Which are also the files' extensions. */
  readonly formats: readonly Format[];
  /** The format of a file that has a name of its own. */
  named?(name: string): Format | undefined;
  /**
   * Whether a file is the split's.
   *
   * @param folder with a `/` at its end; `''` for none
   * @param stem the file's name, without what says which part it is, and its extension
   */
  has(folder: string, stem: string): boolean;
}

/** A split's files, as `splitFiles` finds them, of a task with names and formats of its own. */
export function findSplit<Format extends string>(
  names: readonly string[],
  split: string,
  source: string,
  naming: SplitNaming<Format>,
): SplitFiles<Format> | undefined {
  const sets = new Map<string, FoundFile<Format>[]>();
  for (const name of names) {
    const found = findFile(name, naming);
    if (found === undefined) continue;
    sets.set(found.set, [...(sets.get(found.set) ?? []), found]);
  }
  const [files, ...others] = [...sets.values()];
  if (files === undefined) return undefined;
  if (others.length > 0) {
    const found = [files, ...others].map((set) => list(set.map(({ name }) => name))).join('; and ');
    const problem = `"${split}" is there more than once: ${found}`;
    throw new DataFileError(
      source,
      undefined,
      `${problem}; keep the files of one, and move the others elsewhere`,
    );
  }
  checkParts(files, split, source);
  files.sort((a, b) => a.part - b.part);
  return { format: files[0]!.format, files: files.map(({ name }) => name) };
}

interface FoundFile<Format extends string = string> {
  readonly name: string;
  readonly format: Format;
  /** What files of one and the same set have in common: folder, name, format, number of parts. */
  readonly set: string;
  /** From 0. */
  readonly part: number;
  /** How many there should be. */
  readonly parts: number;
}

/** Number, count, and the hash that older data sets of the hub have in the names of their parts. */
const division = String.raw`(?:-(\d+)-of-(\d+)(?:-[0-9a-f]{16})?)?`;
const fileName = new RegExp(String.raw`^(.*/)?([^/]+?)${division}\.([^./]+)$`);

function findFile<Format extends string>(
  name: string,
  { formats, named, has }: SplitNaming<Format>,
): FoundFile<Format> | undefined {
  const own = named?.(name);
  if (own !== undefined) return { name, format: own, set: name, part: 0, parts: 1 };
  const [, folder = '', stem = '', part, parts, extension] = fileName.exec(name) ?? [];
  const format = formats.find((one) => one === extension);
  if (format === undefined || !has(folder, stem)) return undefined;
  const set = `${folder}${stem}-of-${part === undefined ? 'whole' : Number(parts)}.${format}`;
  return {
    name,
    format,
    set,
    ...(part === undefined ? { part: 0, parts: 1 } : { part: Number(part), parts: Number(parts) }),
  };
}

/** What a split's files may be called: `dev` also `validation`, `valid` or `val`. */
export function splitStems(split: string): string[] {
  if (!split.startsWith('dev')) return [split];
  return ['dev', 'validation', 'valid', 'val'].map((name) => name + split.slice('dev'.length));
}

function checkParts(files: readonly FoundFile[], split: string, source: string): void {
  const parts = files[0]!.parts;
  const byNumber = new Map<number, string>();
  for (const { name, part } of files) {
    const twin = byNumber.get(part);
    if (twin !== undefined) {
      const problem = `part ${part} of "${split}" is there twice: ${list([twin, name])}`;
      throw new DataFileError(source, undefined, `${problem}; keep one, and move the other elsewhere`);
    }
    if (part >= parts) {
      const problem = `${name} says that it is part ${part} of ${parts}, which are counted from 0`;
      throw new DataFileError(source, undefined, `${problem}; give it its right name`);
    }
    byNumber.set(part, name);
  }
  if (byNumber.size === parts) return;
  const missing: number[] = [];
  for (let part = 0; part < parts && missing.length < shownFiles; part++)
    if (!byNumber.has(part)) missing.push(part);
  const more = parts - byNumber.size > missing.length ? ', …' : '';
  const lacked = `part${missing.length > 1 ? 's' : ''} ${missing.join(', ')}${more} of ${parts}`;
  throw new DataFileError(
    source,
    undefined,
    `"${split}" lacks ${lacked}, counted from 0: there are ${list([...byNumber.values()])}; get the others, too`,
  );
}

const shownFiles = 4;

function list(names: readonly string[]): string {
  const more = names.length > shownFiles ? ` and ${names.length - shownFiles} more` : '';
  return names.slice(0, shownFiles).join(', ') + more;
}

/** Where a folder may hold a task's files. */
function taskFolders(task: Task): string[] {
  return ['', `${task.name}/`, `${task.folder}/`, 'data/'];
}

/** All folders where a split of a task may lie. */
export function dataFolders(task: Task): string[] {
  const paths = Object.values(task.splits).flatMap(({ file, elsewhere = [] }) => [file, ...elsewhere]);
  const folders = paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1));
  return [...new Set([...taskFolders(task), ...folders])];
}

/**
 * The files of all splits of a task among those of a folder; none if there are no files of the task.
 *
 * @param source the folder's name, for messages
 * @throws DataFileError as `splitFiles`
 */
export function taskFiles(names: readonly string[], task: Task, source: string): string[] {
  return Object.keys(task.splits).flatMap((split) => splitFiles(names, task, split, source)?.files ?? []);
}
