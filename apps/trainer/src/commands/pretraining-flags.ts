import { defaultPretrainingOptions } from '@diffprune/pretraining';
import type { PretrainingSettings } from '../settings/pretraining-settings.ts';

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

/** A setting that the command line takes as a number. */
export interface PretrainingFlag {
  readonly name: keyof PretrainingSettings;
  readonly argument: string;
  readonly help: string;
  readonly group: 'A new model:' | 'Training:';
  /** Whether it is a whole number of at least 1. */
  readonly counts: boolean;
}

export const pretrainingFlags: readonly PretrainingFlag[] = [
  size('vocabularySize', 'words', 'words of the vocabulary that is learnt'),
  size('layers', 'number', 'encoder layers'),
  size('hidden', 'size', 'size of a vector'),
  size('heads', 'number', 'attention heads of a layer'),
  size('intermediate', 'size', "size of a layer's inner vector"),
  size('positions', 'tokens', 'longest input that it will take'),
  { ...training('steps', 'steps', 'optimiser steps, in place of --epochs'), counts: true },
  training('epochs', 'number', 'times to go over the text; a fraction will do'),
  { ...training('batchSize', 'rows', 'rows in a batch'), counts: true },
  { ...training('length', 'tokens', 'tokens of a row'), counts: true },
  training('learningRate', 'rate', 'peak rate'),
  training('warmup', 'fraction', 'part of the steps in which the rate rises'),
  training('weightDecay', 'rate', "AdamW's; biases and LayerNorm are spared"),
  training('maxGradientNorm', 'norm', 'longer gradients are cut down to it'),
  { ...training('evaluationSteps', 'steps', 'steps between evaluations on the held-out text'), counts: true },
  training('seed', 'number', 'for the first weights, the masks and the order'),
];

function size(name: keyof PretrainingSettings, argument: string, help: string): PretrainingFlag {
  return { name, argument, help, group: 'A new model:', counts: true };
}

function training(name: keyof PretrainingSettings, argument: string, help: string): PretrainingFlag {
  return { name, argument, help, group: 'Training:', counts: false };
}
