import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError } from '@diffprune/command-line';
import { readJson } from '@diffprune/files/node';
import { checkDefinition, taskOf, type Example, type Prediction, type TaskDefinition } from '@diffprune/glue';
import { RunFolder } from '../run-folder/run-folder.ts';
import { isKnown } from './known-tasks.ts';
import type { RunTask } from './run-task.ts';
import { textRunTask } from './text-task.ts';

/** A task, and its definition where it is one of the user's own. */
export interface ResolvedTask {
  readonly task: RunTask;
  readonly definition?: TaskDefinition;
}

/**
 * Reads the JSON file of a task of one's own.
 *
 * @throws DataFileError or FileError for what describes no task, InputError for the name of a known one
 */
export async function readTaskFile(path: string): Promise<ResolvedTask> {
  const definition = checkDefinition(await readJson(path, { maxDepth: 3, uniqueKeys: true }), path);
  if (!isKnown(definition.name)) return resolveDefinition(definition);
  throw new InputError(`${path}: "name" is "${definition.name}", which is a known task; give yours another`);
}

/** The task of a definition that was checked. */
export function resolveDefinition(definition: TaskDefinition): ResolvedTask {
  return { task: ownTask(definition), definition };
}

/**
 * The task of one's own of this name that the run told of that wrote a diff.
 *
 * @param diff its path, in the run's folder
 * @returns undefined where no run of such a task is there
 */
export async function taskBesideDiff(diff: string, name: string): Promise<ResolvedTask | undefined> {
  const config = await new RunFolder(dirname(diff)).config().catch((error: unknown) => {
    if (error instanceof InputError) return undefined; // the folder is not a run's
    throw error;
  });
  return config?.definition?.name === name ? resolveDefinition(config.definition) : undefined;
}

function ownTask(definition: TaskDefinition): RunTask<Example, Prediction> {
  const task = taskOf(definition);
  const { submission: _, ...run } = textRunTask(task);
  return {
    ...run,
    // whoever applies the diff knows nothing of the definition, so that the columns must be named
    async predictArguments(folder, split) {
      const { file, header, textA, textB, quotes = false } = task.splits[split]!;
      const path = join(folder, file);
      if (!existsSync(path) || !header || (quotes && path.toLowerCase().endsWith('.tsv'))) {
        return ['--text', 'a text', ...(textB === undefined ? [] : ['--text-b', 'another'])];
      }
      return ['--file', path, '--columns', [textA, textB].filter((name) => name !== undefined).join(',')];
    },
  };
}
