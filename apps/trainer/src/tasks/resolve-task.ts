import { isDeepStrictEqual } from 'node:util';
import { InputError } from '@diffprune/command-line';
import { UnknownTaskError } from '@diffprune/glue';
import type { RunConfig } from '../settings/run-config.ts';
import { knownTask } from './known-tasks.ts';
import { readTaskFile, resolveDefinition, taskBesideDiff, type ResolvedTask } from './own-task.ts';

/**
 * The task of `--task`: a known one by its name, or one's own by the path of its JSON file.
 *
 * @throws UnknownTaskError listing the known ones; what `readTaskFile` throws
 */
export async function resolveTask(given: string): Promise<ResolvedTask> {
  if (given.toLowerCase().endsWith('.json')) return readTaskFile(given);
  try {
    return { task: knownTask(given) };
  } catch (error) {
    if (!(error instanceof UnknownTaskError)) throw error;
    throw new UnknownTaskError(`${error.message}; for a task of your own give the path of its .json file`);
  }
}

/**
 * The task of a run.
 *
 * @param given what `--task` says; undefined where it is left out
 * @param begun what the run folder says of a run that goes on, the definition of a task of one's own included
 * @param folder the run's, for messages
 * @returns undefined where neither says a task
 * @throws InputError for a definition that is not the one that the run began with; what {@link resolveTask} throws
 */
export async function taskOfRun(
  given: string | undefined,
  begun: RunConfig | undefined,
  folder: string,
): Promise<ResolvedTask | undefined> {
  const { definition } = begun ?? {};
  if (definition === undefined) {
    const name = given ?? begun?.settings.task;
    return name === undefined ? undefined : resolveTask(name);
  }
  if (given !== undefined && given !== definition.name) {
    const { definition: now } = await resolveTask(given);
    if (!isDeepStrictEqual(now, definition)) {
      throw new InputError(
        `--task ${given} is not as it was when the run in ${folder} began (its config.json has the task's definition); ` +
          'leave the option out to go on with that run, or choose another --out',
      );
    }
  }
  return resolveDefinition(definition);
}

/**
 * The task of a diff that is evaluated.
 *
 * @param given what `--task` says; undefined where it is left out
 * @param trained the name of the task that the diff's manifest says
 * @param diff its path: beside it a run may tell of a task of one's own
 * @throws what {@link resolveTask} throws
 */
export async function taskOfDiff(
  given: string | undefined,
  trained: string,
  diff: string,
): Promise<ResolvedTask> {
  if (given !== undefined) return resolveTask(given);
  return (await taskBesideDiff(diff, trained)) ?? resolveTask(trained);
}
