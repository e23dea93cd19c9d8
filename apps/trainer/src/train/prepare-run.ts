import { headParameters, serializeConfig, type EncoderConfig } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import type { TaskType } from '@diffprune/glue';
import { showDownload } from '@diffprune/hub';
import { sampleModelFolder } from '@diffprune/samples/node';
import { checkTokenTypes, headOf } from '@diffprune/inference';
import {
  OptionError,
  checkTaught,
  completeOptions,
  defaultMethod,
  findMethod,
  handOver,
  methods,
  validateOptions,
  type TensorSource,
} from '@diffprune/training';
import { readBase, type StoredBase } from '@diffprune/inference/node';
import { hashFeatures, readSplit, type LoadedSplit } from '../data/splits.ts';
import { resolveData } from '../data/resolve-inputs.ts';
import type { ResolvedTask } from '../tasks/own-task.ts';
import type { RunTask, TaskOptions } from '../tasks/run-task.ts';
import { completeTaskOptions, usualLength, validateTaskOptions } from '../tasks/task-options.ts';
import { readTeacher, type Teacher } from './teacher.ts';
import type { RunConfig } from '../settings/run-config.ts';
import {
  flagOf,
  optionsIn,
  resumeSettings,
  withFlags,
  type TrainFlags,
  type Settings,
} from '../settings/settings.ts';
import { sparseMethods } from '../commands/training-flags.ts';
import { describeAdapters } from './describe-adapters.ts';
import { version } from '../version.ts';

/**
 * The settings of a run: what the command line says, then what it began with. Options that are left out have no value yet.
 *
 * @param begun what the run folder says of a run that goes on
 * @param task the run's; undefined where nothing says it, which is refused
 * @throws InputError for settings that are missing, unknown, out of range, or of another run
 */
export function resolveSettings(
  flags: TrainFlags,
  begun: RunConfig | undefined,
  folder: string,
  task: RunTask | undefined,
): Settings {
  const named = { ...flags, task: flags.task === undefined ? undefined : task?.name };
  const settings = begun ? resumeSettings(named, begun.settings, folder) : newSettings(named, folder);
  try {
    validateTaskOptions(task!, settings);
    validateOptions(settings.method, optionsIn(settings));
    checkTaught(optionsIn(settings), settings.teacher !== undefined);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new InputError(withFlags(error.message.replace(error.option, flagOf(error.option))));
  }
  return settings;
}

function newSettings(flags: TrainFlags, folder: string): Settings {
  const required = (name: 'task' | 'data'): string => {
    const value = flags[name];
    if (value !== undefined) return value;
    throw new InputError(`--${name} is missing, and ${folder} holds no run that says it; see train --help`);
  };
  const { method = defaultMethod, base = sampleModelFolder(), values } = flags;
  if (!Object.hasOwn(methods, method)) {
    throw new InputError(`unknown method "${method}"; known methods: ${Object.keys(methods).join(', ')}`);
  }
  if (values !== undefined && !methods[method].sparse) {
    throw new InputError(
      `--values has no meaning for method ${method}: leave it out; it is an option of ${sparseMethods.join(', ')}`,
    );
  }
  const defaults = { engine: 'cpu', maxLength: undefined, values: 'fp32' } as const;
  const passed = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  return { ...defaults, ...passed, task: required('task'), data: required('data'), base, method };
}

/** @throws InputError for a task's options that do not go together, or with the base */
function optionsOfTask(task: RunTask, settings: Settings, base: EncoderConfig): TaskOptions {
  try {
    return completeTaskOptions(task, settings, base);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const flags = (text: string, name: string): string => text.replaceAll(name, flagOf(name));
    throw new InputError(Object.keys(task.options).reduce(flags, error.message));
  }
}

/** A run with everything that it reads. */
export interface PreparedRun {
  readonly config: RunConfig;
  readonly task: RunTask;
  /** The task with the options of this run. */
  readonly type: TaskType<unknown, unknown>;
  readonly base: Omit<StoredBase, 'tensors'>;
  /** The configuration of the model that is trained: the base's, with the method's adapters. */
  readonly model: EncoderConfig;
  /** θ, each tensor of which is given away once. */
  readonly tensors: TensorSource;
  /** Without its texts, which nothing reads any more. */
  readonly train: Pick<LoadedSplit, 'features'>;
  /** What it learns from beside the labels. */
  readonly teacher?: Teacher;
  readonly dev: Readonly<Record<string, LoadedSplit>>;
}

/**
 * Reads a run's base and data.
 *
 * @param note takes a line on what is being done
 * @throws whatever the readers throw for folders and files that cannot be used
 */
export async function prepareRun(
  settings: Settings,
  { task, definition }: ResolvedTask,
  note: (text: string) => void,
): Promise<PreparedRun> {
  note(`reading the base ${settings.base}`);
  const whole = await showDownload(process.stderr, (view) => readBase(settings.base, view));
  const { tensors, ...base } = whole;
  const taskOptions = optionsOfTask(task, settings, base.config);
  const { maxLength } = taskOptions;
  if (settings['maxLength'] === undefined && maxLength < usualLength(task)) {
    note(`inputs are cut at ${maxLength} tokens, for which the base has positions`);
  }
  const type = task.type(taskOptions);
  if (headParameters(base.config, headOf(type)).some(({ role }) => role === 'pooler')) {
    note('the base has no pooler: a fresh one is trained with the head, and stored whole in the diff');
  }
  const folder = await resolveData(settings.data, task);
  const splits: Record<string, LoadedSplit> = {};
  for (const split of ['train', ...task.devSplits]) {
    const rows = split === 'train' ? settings.trainRows : undefined;
    const loaded = await readSplit(folder, task, split, type, base.tokenizer, maxLength, rows);
    checkTokenTypes(base.config, loaded.features);
    const skipped = loaded.skipped > 0 ? `, ${loaded.skipped} broken lines left out` : '';
    const { size } = loaded.features;
    const windows = size === loaded.examples.length ? '' : ` in ${size} windows`;
    note(`${split}: ${loaded.examples.length} examples${windows}${skipped}`);
    splits[split] = loaded;
  }
  const { train, ...dev } = splits;
  const data = Object.fromEntries(
    Object.entries(splits).map(([name, { features }]) => [name, hashFeatures(features)]),
  );
  const { features } = train!;
  if (settings.teacher !== undefined) note(`reading the teacher ${settings.teacher}`);
  const teacher = settings.teacher && (await readTeacher(settings.teacher, whole, task, type, features));
  const taught = settings.teacher !== undefined;
  const size = { parameters: base.parameters, rows: features.size, task: task.name, taught };
  const options = completeOptions(settings.method, optionsIn(settings), size);
  const model = { ...base.config, adapters: findMethod(settings.method).adapters?.(options) };
  const adapters = describeAdapters(model, base.parameters);
  if (adapters !== undefined) note(`adapters: ${adapters}`);
  const config: RunConfig = {
    settings: { ...settings, ...taskOptions, ...options },
    ...(definition && { definition }),
    fingerprints: {
      base: base.fingerprint,
      config: serializeConfig(base.config),
      tokenizer: base.tokenizerFingerprint,
      ...(teacher && { teacher: teacher.fingerprint }),
      data,
    },
    versions: { trainer: version, node: process.version },
  };
  const values = new Map([...tensors].map(([name, { data }]) => [name, data]));
  return {
    ...{ config, task, type, base, model, dev, train: { features }, tensors: handOver(values) },
    ...(teacher && { teacher }),
  };
}
