import type { EncoderConfig } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import { shortestRow } from '@diffprune/glue';
import { checkOption, OptionError, type OptionTable, type OptionValues } from '@diffprune/training';
import { knownTasks } from './known-tasks.ts';
import type { RunTask, TaskOptions } from './run-task.ts';

/** The options of how a task's examples become rows, by the names of the tasks that have them. */
export const taskOptions: Readonly<Record<string, OptionTable>> = Object.fromEntries(
  knownTasks.map(({ name, options }) => [name, options]),
);

/** Whether any task has such an option. */
export function isTaskOption(name: string): boolean {
  return Object.values(taskOptions).some((options) => Object.hasOwn(options, name));
}

/** @throws OptionError naming the first option that is out of its range, or that the task does not have */
export function validateTaskOptions({ name: task, options }: RunTask, settings: OptionValues): void {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || !isTaskOption(name)) continue;
    if (Object.hasOwn(options, name)) checkOption(name, options[name]!, value);
    else {
      const others = Object.keys(taskOptions).filter((task) => Object.hasOwn(taskOptions[task]!, name));
      const who = `it is an option of ${others.join(', ')}`;
      throw new OptionError(name, `has no meaning for task ${task}: leave it out; ${who}`);
    }
  }
}

const shortest = shortestRow(2);

/**
 * The options of a task with the defaults of those that are left out, where rows are no longer than the base has
 * positions.
 *
 * @throws RangeError for values that do not go together; InputError unless the base has positions for rows of this length, and they have room for two texts
 */
export function completeTaskOptions(
  task: RunTask,
  settings: OptionValues,
  { positions }: EncoderConfig,
): TaskOptions {
  if (positions < shortest) {
    throw new InputError(
      `the base has ${positions} positions (max_position_embeddings), expected at least ${shortest}`,
    );
  }
  const { maxLength = Math.min(usualLength(task), positions) } = settings as Partial<TaskOptions>;
  if (maxLength < shortest || maxLength > positions) {
    throw new InputError(
      `--max-length must be a whole number from ${shortest} to ${positions}, the positions that the base has, not ${maxLength}`,
    );
  }
  return task.complete({ ...settings, maxLength });
}

/** The longest row of a task unless told, in tokens. */
export function usualLength({ options }: RunTask): number {
  return Number(options.maxLength.default);
}
