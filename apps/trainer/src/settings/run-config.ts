import { InputError } from '@diffprune/command-line';
import { JsonError, parseJson } from '@diffprune/files';
import { checkDefinition, type TaskDefinition } from '@diffprune/glue';
import { methods } from '@diffprune/training';
import type { ResolvedSettings } from './settings.ts';

/** What `config.json` of a run folder says: everything that it takes to repeat the run. */
export interface RunConfig {
  readonly settings: ResolvedSettings;
  /** What the task is, where it is one of the user's own. */
  readonly definition?: TaskDefinition;
  /** Hashes of what the run read, by which inputs that changed are noticed. */
  readonly fingerprints: Fingerprints;
  /** Versions of this program and of Node. */
  readonly versions: { readonly trainer: string; readonly node: string };
}

export interface Fingerprints {
  /** `fingerprintTensors` of the base. */
  readonly base: string;
  /** What its `config.json` says, as `serializeConfig` gives it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `fingerprintTokenizer` of its tokenizer. */
  readonly tokenizer: string;
  /** Of the model that is learnt from, where there is one. */
  readonly teacher?: string;
  /** SHA-256 of the encoded examples of each split, `train` among them. */
  readonly data: Readonly<Record<string, string>>;
}

/** The file's text. */
export function formatRunConfig(config: RunConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/**
 * Reads what {@link formatRunConfig} wrote.
 *
 * @param path the file's, for messages
 * @throws InputError for a file that describes no run, DataFileError for one with the definition of no task
 */
export function parseRunConfig(text: string, path: string): RunConfig {
  const { settings, definition, fingerprints, versions } = parseObject(text);
  const complete =
    hasTexts(settings, ['task', 'data', 'base', 'method', 'engine', 'values']) &&
    Object.hasOwn(methods, settings['method']!) &&
    hasTexts(fingerprints, ['base', 'tokenizer']) &&
    typeof fingerprints['data'] === 'object' &&
    fingerprints['data'] !== null &&
    hasTexts(versions, ['trainer']);
  if (!complete) throw new InputError(`${path} does not describe a training run; choose another --out`);
  const own = definition === undefined ? {} : { definition: checkDefinition(definition, path) };
  return { settings, ...own, fingerprints, versions } as unknown as RunConfig;
}

/** A JSON text's object; an empty one for anything else, and for what is nested deeper than a run's settings are. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(text, { maxDepth: 4 });
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof JsonError) return {};
    throw error;
  }
}

function hasTexts(value: unknown, names: readonly string[]): value is Record<string, string> {
  const texts = (value ?? {}) as Record<string, unknown>;
  return names.every((name) => typeof texts[name] === 'string');
}

/**
 * Checks that a run that goes on reads what it read before.
 *
 * @throws InputError naming what changed
 */
export function checkSameInputs(
  begun: RunConfig,
  { fingerprints, versions }: RunConfig,
  folder: string,
): void {
  const refuse = (what: string): never => {
    throw new InputError(`the run in ${folder} began with ${what}; it can only go on with the same`);
  };
  const before = begun.fingerprints;
  if (versions.trainer !== begun.versions.trainer)
    refuse(`version ${begun.versions.trainer} of this program`);
  if (fingerprints.base !== before.base) refuse('another base (--base)');
  for (const [key, value] of Object.entries(before.config ?? {})) {
    if (fingerprints.config[key] !== value) {
      refuse(`"${key}" ${JSON.stringify(value)} in the base's config.json (--base)`);
    }
  }
  if (fingerprints.tokenizer !== before.tokenizer) refuse("another tokenizer in the base's folder (--base)");
  if (fingerprints.teacher !== before.teacher) {
    refuse(before.teacher === undefined ? 'no teacher (--teacher)' : 'another teacher (--teacher)');
  }
  for (const [split, hash] of Object.entries(fingerprints.data)) {
    if (hash !== before.data[split]) refuse(`other ${split} data (--data)`);
  }
}
