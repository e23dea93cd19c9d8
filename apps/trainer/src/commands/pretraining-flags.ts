import { parseCount, parseNumber } from '@diffprune/command-line';
import { defaultPretrainingOptions, pretrainingOptions } from '@diffprune/pretraining';
import type { Option } from 'commander';
import type { PretrainingSettings } from '../settings/pretraining-settings.ts';
import { flagOf } from '../settings/settings.ts';
import { flagFor, option } from './command-options.ts';

/** What a pretraining run does unless it is told otherwise: the smallest of the models of Turc et al. 2019. */
export const pretrainingDefaults = {
  ...defaultPretrainingOptions,
  vocabularySize: 8000,
  layers: 2,
  hidden: 128,
  heads: 2,
  intermediate: 512,
  positions: 128,
  epochs: 1,
  half: false,
  engine: 'cpu',
} as const satisfies Omit<PretrainingSettings, 'corpus'>;

/** What is to be said of a model of random weights, each a whole number of at least 1. */
const sizes = {
  vocabularySize: ['words', 'words of the vocabulary that is learnt'],
  layers: ['number', 'encoder layers'],
  hidden: ['size', 'size of a vector'],
  heads: ['number', 'attention heads of a layer'],
  intermediate: ['size', "size of a layer's inner vector"],
  positions: ['tokens', 'longest input that it will take'],
} as const;

/** The flags of a new model's sizes, and of the options of pretraining. */
export function pretrainingFlags(): Option[] {
  const defaults: Readonly<Record<string, unknown>> = pretrainingDefaults;
  const [model, training] = ['A new model:', 'Training:'];
  return [
    ...Object.entries(sizes).map(([name, [argument, help]]) => {
      const text = `${help} (default: ${String(defaults[name])})`;
      return option(model, `${flagOf(name)} <${argument}>`, text, parseCount);
    }),
    option(
      training,
      '--epochs <number>',
      `times to go over the text; a fraction will do (default: ${defaults['epochs']})`,
      parseNumber,
    ),
    ...Object.entries(pretrainingOptions).map(([name, made]) => {
      return flagFor(training, name, made, defaults[name] === undefined ? undefined : String(defaults[name]));
    }),
  ];
}
