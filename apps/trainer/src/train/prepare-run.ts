import { serializeConfig, type Tensors } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import { devSplits, type Task } from '@diffprune/glue';
import { showDownload } from '@diffprune/hub';
import { sampleModelFolder } from '@diffprune/samples/node';
import { checkTokenTypes } from '@diffprune/inference';
import {
  OptionError,
  completeOptions,
  defaultOptions,
  methods,
  validateOptions,
  type Method,
} from '@diffprune/training';
import { readBase, type StoredBase } from '@diffprune/inference/node';
import { checkMaxLength, hashFeatures, readSplit, type LoadedSplit } from '../data/splits.ts';
import { knownTask } from '../data/known-tasks.ts';
import { resolveData } from '../data/resolve-inputs.ts';
import type { RunConfig } from '../settings/run-config.ts';
import { flagOf, resumeSettings, type GivenSettings, type Settings } from '../settings/settings.ts';
import { trainingFlags } from '../commands/training-flags.ts';
import { version } from '../version.ts';

/** Tasks so small that the paper gives fixed-mask fine-tuning five epochs (Guo et al., section 4.3). */
const smallTasks = new Set(['mrpc', 'stsb', 'rte']);

/**
 * The settings of a run: what is given, then what it began with, then the defaults.
 *
 * @param begun what the run folder says of a run that goes on
 * @throws InputError, UnknownTaskError for settings that are missing, unknown, out of range, or of another run
 */
export function resolveSettings(
  given: GivenSettings,
  begun: RunConfig | undefined,
  folder: string,
): Settings {
  const task = given.task === undefined ? undefined : knownTask(given.task).name;
  const settings = begun
    ? resumeSettings({ ...given, task }, begun.settings, folder)
    : newSettings({ ...given, task }, folder);
  try {
    validateOptions(settings);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new InputError(error.message.replace(error.option, flagOf(error.option)));
  }
  return settings;
}

function newSettings(given: GivenSettings, folder: string): Settings {
  const required = (name: 'task' | 'data'): string => {
    const value = given[name];
    if (value !== undefined) return value;
    throw new InputError(`--${name} is missing, and ${folder} holds no run that says it; see train --help`);
  };
  const { method = 'structured-diff-pruning' } = given;
  if (!Object.hasOwn(methods, method)) {
    throw new InputError(`unknown method "${method}"; known methods: ${Object.keys(methods).join(', ')}`);
  }
  checkHeeded(given, methods[method], method);
  const task = required('task');
  const fixedMaskEpochs = smallTasks.has(task) ? 5 : defaultOptions.fixedMaskEpochs;
  const defaults = {
    ...defaultOptions,
    fixedMaskEpochs,
    engine: 'cpu',
    maxLength: 128,
    values: 'fp32' as const,
  };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    ...defaults,
    ...said,
    task,
    data: required('data'),
    base: given.base ?? sampleModelFolder(),
    method,
  };
}

/** @throws InputError for an option that the method would ignore */
function checkHeeded(given: GivenSettings, method: Method, name: string): void {
  const pruning = [
    ...trainingFlags,
    { name: 'stretch', heededBy: 'gates' } as const,
    { name: 'values', heededBy: 'pruned' } as const,
    { name: 'groupPenalty', heededBy: 'groups' } as const,
  ];
  const heeds = {
    gates: method.gates !== undefined,
    pruned: method.pruned,
    groups: method.gates === 'structured',
  };
  const ignored = pruning.find(
    ({ name, heededBy }) => given[name] !== undefined && heededBy && !heeds[heededBy],
  );
  if (ignored !== undefined) {
    throw new InputError(`${flagOf(ignored.name)} has no meaning for method ${name}; leave it out`);
  }
}

/** A run with everything that it reads. */
export interface PreparedRun {
  readonly config: RunConfig;
  readonly task: Task;
  readonly base: Omit<StoredBase, 'tensors'>;
  /** θ, which training empties. */
  readonly tensors: Tensors;
  readonly train: LoadedSplit;
  readonly dev: Readonly<Record<string, LoadedSplit>>;
}

/**
 * Reads a run's base and data.
 *
 * @param note takes a line on what is being done
 * @throws whatever the readers throw for folders and files that cannot be used
 */
export async function prepareRun(settings: Settings, note: (text: string) => void): Promise<PreparedRun> {
  const task = knownTask(settings.task);
  note(`reading the base ${settings.base}`);
  const { tensors, ...base } = await showDownload(process.stderr, (view) => readBase(settings.base, view));
  checkMaxLength(settings.maxLength, base.config);
  if (!base.config.pooler) {
    note('the base has no pooler: a fresh one is trained with the head, and stored whole in the diff');
  }
  const folder = await resolveData(settings.data, task);
  const splits: Record<string, LoadedSplit> = {};
  for (const split of ['train', ...devSplits(task)]) {
    const loaded = await readSplit(folder, task, split, base.tokenizer, settings.maxLength);
    checkTokenTypes(base.config, loaded.features);
    const skipped = loaded.skipped > 0 ? `, ${loaded.skipped} broken lines left out` : '';
    note(`${split}: ${loaded.features.size} examples${skipped}`);
    splits[split] = loaded;
  }
  const { train, ...dev } = splits;
  const data = Object.fromEntries(
    Object.entries(splits).map(([name, { features }]) => [name, hashFeatures(features)]),
  );
  const { method } = settings;
  const size = { method, parameters: base.parameters, rows: train!.features.size };
  const config: RunConfig = {
    settings: { ...settings, ...completeOptions(settings, size) },
    fingerprints: {
      ...{ base: base.fingerprint, config: serializeConfig(base.config) },
      ...{ tokenizer: base.tokenizerFingerprint, data },
    },
    versions: { trainer: version, node: process.version },
  };
  const values = new Map([...tensors].map(([name, { data }]) => [name, data]));
  return { config, task, base, tensors: values, train: train!, dev };
}
