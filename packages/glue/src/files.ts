import { DataFileError } from './errors.ts';
import type { Examples } from './examples.ts';
import { readExamples } from './examples.ts';
import type { Task } from './task.ts';
import { splitLayout } from './task.ts';

/**
 * Reads a split of a task from the folder that holds its files (Node only).
 *
 * @param folder folder in GLUE's layout, such as `glue_data/SST-2`
 * @throws DataFileError if the file cannot be read (saying what the folder holds instead) or is malformed
 * @throws UnknownTaskError if the task has no such split
 */
export async function readTask(folder: string, task: Task, split: string): Promise<Examples> {
  const [{ readFile, readdir }, { join }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
  ]);
  const file = join(folder, splitLayout(task, split).file);
  let content: Uint8Array;
  try {
    content = await readFile(file);
  } catch (error) {
    const held = await readdir(folder).then(
      (names) => `the folder holds ${names.sort().slice(0, 20).join(', ') || 'nothing'}`,
      () => 'there is no such folder',
    );
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not found' : String(error);
    throw new DataFileError(file, undefined, `${reason}; task ${task.name} needs it for "${split}"; ${held}`);
  }
  return readExamples(content, file, task, split);
}
