import { InputError } from '@diffprune/command-line';
import type { ValueCoding } from '@diffprune/sparse-diff';
import type { MethodName, ResolvedOptions, TrainingOptions } from '@diffprune/training';

/**
 * Everything that decides what a run does: two runs with equal settings end in the same bytes. Options that depend on
 * base and data are filled in when these are read.
 */
export interface Settings extends TrainingOptions {
  /** Name of a GLUE task, as the registry spells it. */
  readonly task: string;
  /** Folder or hub id of the task's files, as it was given. */
  readonly data: string;
  /** Folder or hub id of the pretrained model, as it was given. */
  readonly base: string;
  readonly method: MethodName;
  /** Name of an engine, see `createEngine`. */
  readonly engine: string;
  /** Threads of the engine; its own choice where absent. */
  readonly threads?: number;
  /** Longest input in tokens, special tokens included; longer texts are cut. */
  readonly maxLength: number;
  /** How the diff's values are stored; a dense head stays exact. */
  readonly values: ValueCoding;
}

/** The settings with those that depend on base and data. */
export type ResolvedSettings = Settings & ResolvedOptions;

/** What may be said of a run on the command line; what is left out is undefined. */
export type GivenSettings = { readonly [name in keyof Settings]?: Settings[name] | undefined };

/** A setting's name as the command line spells it: `learningRate` is `--learning-rate`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Where the run looks for its inputs: a folder that moved is still the same, its contents are compared instead. */
const paths = new Set(['data', 'base']);

/**
 * The settings of a run that goes on: those that it began with. What is given again must agree with them.
 *
 * @param folder the run's, for messages
 * @throws InputError naming a setting that is another
 */
export function resumeSettings(given: GivenSettings, begun: Settings, folder: string): Settings {
  const moved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const before = begun[name as keyof Settings];
    if (paths.has(name)) moved[name] = value;
    else if (JSON.stringify(value) !== JSON.stringify(before)) {
      throw new InputError(
        `${flagOf(name)} is ${String(value)}, but the run in ${folder} began with ${String(before ?? 'none')}; ` +
          `leave the option out to go on with that run, or choose another --out`,
      );
    }
  }
  return { ...begun, ...moved };
}
