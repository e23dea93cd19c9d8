import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTask, splitLayout, UnknownTaskError } from '@diffprune/glue';
import { sampleTasks, writeTask } from '@diffprune/samples';
import type { Run } from './matrices.ts';

/**
 * The folder of a run's data: the task's own, or one made for it with the first rows of the training file, or with as
 * many rows of a sample task.
 *
 * @param glue folder of the GLUE tasks' folders
 * @param made where folders are made
 */
export async function dataFolder(
  { task: name, rows }: Pick<Run, 'task' | 'rows'>,
  glue: string | undefined,
  made: string,
): Promise<string> {
  const folder = join(made, rows === undefined ? name : `${name}-${rows}`);
  const sample = sampleTasks.find((task) => task.name === name);
  if (sample !== undefined) {
    if (!existsSync(join(folder, 'dev.tsv')) && rows !== undefined) {
      await mkdir(folder, { recursive: true });
      await writeTask(folder, sample.name, { trainRows: rows });
    }
    return folder;
  }
  if (glue === undefined) throw new UnknownTaskError(`${name} is a task of GLUE: give its files by --glue`);
  const task = findTask(name);
  const source = join(glue, task.folder);
  if (rows === undefined) return source;
  await mkdir(folder, { recursive: true });
  const [train, dev] = [splitLayout(task, 'train'), splitLayout(task, 'dev')];
  const lines = (await readFile(join(source, train.file), 'utf8')).split('\n');
  await writeFile(join(folder, train.file), `${lines.slice(0, rows + Number(train.header)).join('\n')}\n`);
  await copyFile(join(source, dev.file), join(folder, dev.file));
  return folder;
}
