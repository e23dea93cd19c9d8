import { InputError } from '@diffprune/command-line';
import type { PretrainingOptions } from '@diffprune/pretraining';
import { parseObject } from './run-config.ts';
import { flagOf, movedSettings } from './settings.ts';

/** Everything that decides what a pretraining run does: two runs with equal settings end in the same bytes. */
export interface PretrainingSettings extends Omit<PretrainingOptions, 'steps'> {
  /** Text files, as they were given. */
  readonly corpus: readonly string[];
  /** Held-out text; without it, the end of the corpus is held out. */
  readonly validation?: string;
  /** Folder of a model to go on from; without it, one of random weights and the sizes below. */
  readonly base?: string;
  /** A `vocab.txt`; without it (and a base), one of `vocabularySize` entries is learnt from the corpus. */
  readonly vocabulary?: string;
  readonly vocabularySize: number;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly positions: number;
  /** Optimiser steps; without them, as many as `epochs` take. */
  readonly steps?: number;
  readonly epochs: number;
  /** Whether the weights are written in half precision. */
  readonly half: boolean;
  readonly engine: string;
  readonly threads?: number;
}

/** What may be said of a run on the command line; what is left out is undefined. */
export type GivenPretraining = {
  readonly [name in keyof PretrainingSettings]?: PretrainingSettings[name] | undefined;
};

/** What `config.json` of a pretraining run's folder says. */
export interface PretrainingConfig {
  readonly kind: 'pretraining';
  readonly settings: PretrainingSettings;
  /** `fingerprintTensors` of the base that it goes on from. */
  readonly base?: string;
  readonly versions: { readonly trainer: string; readonly node: string };
}

/** Options that only say how a model of random weights is made. */
const sizes = [
  'vocabulary',
  'vocabularySize',
  'layers',
  'hidden',
  'heads',
  'intermediate',
  'positions',
] as const;

/**
 * The settings of a new run: what is given, then the defaults.
 *
 * @throws InputError for an option that is missing, or that another one leaves without a meaning
 */
export function newPretraining(
  given: GivenPretraining,
  defaults: Omit<PretrainingSettings, 'corpus'>,
): PretrainingSettings {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (given.corpus === undefined) throw new InputError('--corpus is missing: the text files to learn from');
  const size = sizes.find((name) => said[name] !== undefined);
  if (given.base !== undefined && size !== undefined) {
    throw new InputError(
      `${flagOf(size)} has no meaning beside --base, whose sizes and words are kept; leave it out`,
    );
  }
  if (given.vocabulary !== undefined && given.vocabularySize !== undefined) {
    throw new InputError('--vocabulary-size has no meaning beside --vocabulary; leave one of them out');
  }
  if (given.steps !== undefined && given.epochs !== undefined) {
    throw new InputError('--steps and --epochs both say how long; leave one of them out');
  }
  return { ...defaults, ...said, corpus: given.corpus };
}

/**
 * The settings of a run that goes on: those that it began with. What is given again must agree with them, but for the
 * number of threads, which changes no result.
 *
 * @throws InputError naming a setting that is another
 */
export function resumePretraining(
  given: GivenPretraining,
  begun: PretrainingSettings,
  folder: string,
): PretrainingSettings {
  const moved = movedSettings(given, { ...begun }, ['threads'], folder);
  return { ...begun, ...moved } as PretrainingSettings;
}

/**
 * Reads the `config.json` of a pretraining run.
 *
 * @param path the file's, for messages
 * @throws InputError for a file that describes something else
 */
export function parsePretrainingConfig(text: string, path: string): PretrainingConfig {
  const json = parseObject(text) as Partial<PretrainingConfig>;
  const corpus: unknown = json.settings?.corpus;
  const texts = Array.isArray(corpus) && corpus.every((each) => typeof each === 'string');
  if (json.kind !== 'pretraining' || !texts || typeof json.versions?.trainer !== 'string') {
    throw new InputError(`${path} does not describe a pretraining run; choose another --out`);
  }
  return json as PretrainingConfig;
}
