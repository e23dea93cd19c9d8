import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseCsv } from './csv.ts';
import { DataFileError } from './errors.ts';
import type { Example, Examples } from './examples.ts';
import { labelReader, rowExamples } from './examples.ts';
import { readFileBytes } from './file-bytes.ts';
import { parseRecords } from './format.ts';
import type { DataRecord } from './records.ts';
import { readRecords } from './records.ts';
import { dataFolders, splitFiles } from './task-files.ts';
import type { Task } from './task.ts';
import { splitLayout } from './task.ts';
import { tsvRows } from './tsv.ts';

/**
 * Reads a split of a task from its TSV, CSV, JSONL or Parquet files.
 *
 * @param path folder in GLUE's layout, such as `glue_data/SST-2`, or with files that are called like the splits; or one
 *   such file, of this split
 * @throws DataFileError if there is no file for the split (saying what the folder holds instead), if parts of it are
 *   missing, if it is there more than once, or if a file is malformed
 * @throws UnknownTaskError if the task has no such split
 */
export async function readTask(path: string, task: Task, split: string): Promise<Examples> {
  const names = await listFiles(path, dataFolders(task));
  const found = filesOf(names, path, task, split);
  if (found === undefined) throw noFiles(path, names, wantedFiles(task, split));
  const folder = names === 'file' ? dirname(path) : path;
  const files = found.files.map((name) => join(folder, name));
  const { quotes = false } = splitLayout(task, split);
  if (found.format === 'tsv' && !quotes) return readParts(files, task, split);
  const { format } = found;
  const records = await fileRecords(files, (content, file) =>
    format === 'tsv' ? parseCsv(content, file, '\t') : parseRecords(content, file, format),
  );
  return readRecords(records, task, split);
}

/**
 * Whether there are files for a split.
 *
 * @param path as {@link readTask} takes it
 * @throws as {@link readTask}, but for files that are malformed, which are not opened
 */
export async function hasSplit(path: string, task: Task, split: string): Promise<boolean> {
  return filesOf(await listFiles(path, dataFolders(task)), path, task, split) !== undefined;
}

function filesOf(names: readonly string[] | 'file', path: string, task: Task, split: string) {
  return splitFiles(names === 'file' ? [basename(path)] : names, task, split, path);
}

/** The records of files, one file's after the other's. */
export async function fileRecords(
  files: readonly string[],
  parse: (content: Uint8Array, file: string) => Iterable<DataRecord> | Promise<Iterable<DataRecord>>,
): Promise<Iterable<DataRecord>> {
  const parts: Iterable<DataRecord>[] = [];
  for (const file of files) parts.push(await parse(await readFileBytes(file), file));
  return chain(parts);
}

function* chain<T>(parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}

/** Reads tab-separated files, each of which has the header if the split's layout has one. */
async function readParts(files: readonly string[], task: Task, split: string): Promise<Examples> {
  const layout = splitLayout(task, split);
  const examples: Example[] = [];
  const skippedLines: number[] = [];
  for (const file of files) {
    const rows = tsvRows(await readFileBytes(file), file);
    const part = rowExamples(rows, file, () => layout, labelReader(task, file), examples.length);
    for (const example of part.examples) examples.push(example);
    skippedLines.push(...part.skippedLines);
  }
  return { examples, skippedLines };
}

/**
 * The files of a folder, by their paths within it; 'file' for a path to a file; none if there is no such path.
 *
 * @param folders in which they may lie, too, with a `/` at their ends
 * @throws DataFileError for a pipe or a device, or a folder that cannot be read
 */
export async function listFiles(path: string, folders: readonly string[]): Promise<string[] | 'file'> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return 'file';
  if (found && !found.isDirectory()) {
    throw new DataFileError(path, undefined, 'neither a folder nor a file, but a pipe or a device');
  }
  const list = async (folder: string): Promise<string[]> => {
    const names = await readdir(join(path, folder)).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw new DataFileError(join(path, folder), undefined, `the folder cannot be read (${error.message})`);
    });
    return names.map((name) => folder + name);
  };
  const names = await list('');
  // by the names that are there: where case does not matter, "mnli" and "MNLI" would be one folder twice
  const inner = folders.filter((folder) => names.includes(folder.split('/')[0]!));
  return [names, ...(await Promise.all(inner.map(list)))].flat();
}

function wantedFiles(task: Task, split: string): string {
  const { file, fileOnly = false } = splitLayout(task, split);
  const others = fileOnly ? '' : `, ${split}.csv, ${split}.jsonl or ${split}.parquet`;
  return `${file}${others}, which task ${task.name} needs for "${split}"`;
}

/**
 * Says what there is in place of the files of a split.
 *
 * @param names as {@link listFiles} gives them
 * @param wanted what the files could be called
 */
export function noFiles(path: string, names: readonly string[] | 'file', wanted: string): DataFileError {
  if (names === 'file') {
    return new DataFileError(
      path,
      undefined,
      `by its name not ${wanted}; give the folder with the files of all splits`,
    );
  }
  const held = [...names].sort().slice(0, 20).join(', ');
  const problem =
    names.length > 0 ? `the folder holds ${held}` : 'the folder is empty, or there is no such folder';
  return new DataFileError(path, undefined, `no ${wanted}; ${problem}`);
}
