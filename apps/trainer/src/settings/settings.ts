import { InputError } from '@diffprune/command-line';
import type { ValueCoding } from '@diffprune/sparse-diff';
import type { CompleteOptions, MethodName, OptionValues } from '@diffprune/training';
import type { TaskOptions } from '../tasks/run-task.ts';
import { isTaskOption } from '../tasks/task-options.ts';

/** The settings of a run that are no options of its task or its method. */
export interface RunSettings {
  /** Name of a task, as `knownTasks` or its definition spells it. */
  readonly task: string;
  /** Folder or hub id of the task's files, as it was given. */
  readonly data: string;
  /** How many rows of the training split are trained on, the first ones; all where absent. */
  readonly trainRows?: number;
  /** Folder or hub id of the pretrained model, as it was given. */
  readonly base: string;
  readonly method: MethodName;
  /** Folder or hub id of a fine-tuned model to learn from, or a diff over the base, as it was given. */
  readonly teacher?: string;
  /** Which evaluation's model is stored: the best by dev score, or, where absent, the last. */
  readonly keep?: 'best' | 'last';
  /** Evaluations that may be no better than the best before the run ends; it goes on to its last step where absent. */
  readonly patience?: number;
  /** Name of an engine, see `createEngine`. */
  readonly engine: string;
  /** Threads of the engine; its own choice where absent. */
  readonly threads?: number;
  /** How the diff's values are stored; a dense head stays exact. */
  readonly values: ValueCoding;
}

const runSettings: ReadonlySet<string> = new Set<keyof RunSettings>([
  ...([
    'task',
    'data',
    'trainRows',
    'base',
    'method',
    'teacher',
    'keep',
    'patience',
    'engine',
    'threads',
    'values',
  ] as const),
]);

/**
 * Everything that decides what a run does, the options of its task and its method beside the others: two runs with equal
 * settings end in the same bytes. Options that are left out are filled in when base and data are read.
 */
export type Settings = RunSettings & OptionValues;

/** The settings with all options of task and method. */
export type ResolvedSettings = RunSettings & TaskOptions & CompleteOptions;

/** What may be said of a run on the command line; what is left out is undefined. */
export type TrainFlags = {
  readonly [name in keyof RunSettings]?: RunSettings[name] | undefined;
} & OptionValues;

/** The options of the method among settings. */
export function optionsIn(settings: Readonly<Record<string, unknown>>): OptionValues {
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => !runSettings.has(name) && !isTaskOption(name)),
  ) as OptionValues;
}

/** A setting's name as the command line spells it: `learningRate` is `--learning-rate`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A text with the options that it names in backticks as the command line spells them. */
export function withFlags(text: string): string {
  return text.replace(/`(\w+)`/g, (_, name: string) => flagOf(name));
}

/**
 * What a run that goes on has otherwise than it began: of what is given again, the settings that may be others.
 *
 * @param movable names of those that may
 * @param folder the run's, for messages
 * @throws InputError naming a setting that is another and may not
 */
export function movedSettings(
  given: Readonly<Record<string, unknown>>,
  begun: Readonly<Record<string, unknown>>,
  movable: readonly string[],
  folder: string,
): Record<string, unknown> {
  const shown = (value: unknown) => String(value ?? '') || 'none';
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of said) {
    if (movable.includes(name) || JSON.stringify(value) === JSON.stringify(begun[name])) continue;
    throw new InputError(
      `${flagOf(name)} is ${shown(value)}, but the run in ${folder} began with ${shown(begun[name])}; ` +
        `leave the option out to go on with that run, or choose another --out`,
    );
  }
  return Object.fromEntries(said.filter(([name]) => movable.includes(name)));
}

/**
 * The settings of a run that goes on: those that it began with. What is given again must agree with them, but for where
 * its inputs are, whose contents are compared instead, and the threads that work on it, which change no result.
 *
 * @param folder the run's, for messages
 * @throws InputError naming a setting that is another
 */
export function resumeSettings(flags: TrainFlags, begun: Settings, folder: string): Settings {
  const movable = ['data', 'base', 'teacher', 'threads'];
  return { ...begun, ...movedSettings(flags, { keep: 'last', ...begun }, movable, folder) } as Settings;
}
