import { DataFileError } from './errors.ts';
import type { Examples } from './examples.ts';
import { readExamples } from './examples.ts';
import { parseJsonl } from './jsonl.ts';
import { parseParquet } from './parquet.ts';
import type { DataRecord } from './records.ts';
import { readRecords } from './records.ts';
import { dataFolders, splitFiles } from './task-files.ts';
import type { Task } from './task.ts';
import { splitLayout } from './task.ts';

/**
 * Reads a split of a task from its tab-separated, JSONL or Parquet files (Node only).
 *
 * @param path folder in GLUE's layout, such as `glue_data/SST-2`, or with JSONL or Parquet files that are called like
 *   the splits; or one such file, of this split
 * @throws DataFileError if there is no file for the split (saying what the folder holds instead), or one is malformed
 * @throws UnknownTaskError if the task has no such split
 */
export async function readTask(path: string, task: Task, split: string): Promise<Examples> {
  const { basename, dirname, join } = await import('node:path');
  const names = await listFiles(path, task);
  const isFile = names === 'file';
  const found = splitFiles(isFile ? [basename(path)] : names, task, split);
  if (found === undefined) throw missing(path, names, task, split);
  const folder = isFile ? dirname(path) : path;
  const files = found.files.map((name) => join(folder, name));
  if (found.format === 'tsv') return readExamples(await readBytes(files[0]!), files[0]!, task, split);
  const parse = found.format === 'jsonl' ? parseJsonl : parseParquet;
  const records: DataRecord[] = [];
  for (const file of files)
    for (const record of await parse(await readBytes(file), file)) records.push(record);
  return readRecords(records, task, split);
}

/** The files of a folder where a task's may lie; 'file' for a path to a file; none if there is no such path. */
async function listFiles(path: string, task: Task): Promise<string[] | 'file'> {
  const [{ readdir, stat }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  if (await stat(path).then((found) => found.isFile(), () => false)) return 'file'; // prettier-ignore
  const lists = dataFolders(task).map(async (folder) => {
    const names = await readdir(join(path, folder)).catch((): string[] => []);
    return names.map((name) => folder + name);
  });
  return (await Promise.all(lists)).flat();
}

async function readBytes(file: string): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  return readFile(file).catch((error: unknown) => {
    throw new DataFileError(file, undefined, String(error));
  });
}

function missing(path: string, names: readonly string[] | 'file', task: Task, split: string): DataFileError {
  const { file } = splitLayout(task, split);
  const wanted = `${file}, ${split}.jsonl or ${split}.parquet, which task ${task.name} needs for "${split}"`;
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
