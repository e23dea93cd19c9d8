import type { EncoderConfig } from '@diffprune/bert';
import {
  bound,
  checkOption,
  defaultsOf,
  fraction,
  integerFrom,
  nonNegative,
  OptionError,
  positive,
  positiveInteger,
  type ValuesOf,
} from '@diffprune/training';

/**
 * Everything that decides the outcome of a pretraining run, apart from the model and the texts. Defaults are those of
 * Devlin et al. 2019, appendix A.2, where they apply (weight decay, and the norm bound of the reference code); rate, batch
 * and warm-up are for small models, which take greater rates than the paper's 1e-4.
 */
export const pretrainingOptions = {
  steps: positiveInteger({ argument: 'steps', help: 'optimiser steps, in place of `epochs`' }),
  batchSize: positiveInteger({ default: 64, argument: 'rows', help: 'rows in a batch' }),
  length: positiveInteger({
    default: 128,
    argument: 'tokens',
    help: 'tokens of each row, special ones included',
  }),
  learningRate: positive({ default: 1e-3, argument: 'rate', help: 'peak rate' }),
  warmup: fraction({
    default: 0.05,
    argument: 'fraction',
    help: 'part of the steps in which the rate rises, before it falls to 0',
  }),
  weightDecay: nonNegative({
    default: 0.01,
    argument: 'rate',
    help: "AdamW's; biases and LayerNorm are spared",
  }),
  maxGradientNorm: bound({ default: 1, argument: 'norm', help: 'longer gradients are cut down to it' }),
  evaluationSteps: positiveInteger({
    default: 500,
    argument: 'steps',
    help: 'steps between evaluations on the held-out text',
  }),
  seed: integerFrom(
    0,
    2 ** 32 - 1,
    '2^32 - 1',
  )({
    default: 42,
    argument: 'number',
    help: 'for the first weights, the masks and the order',
  }),
};

export type PretrainingOptions = Omit<ValuesOf<typeof pretrainingOptions>, 'steps'> & {
  /** Optimiser steps in all. */
  readonly steps: number;
};

export const defaultPretrainingOptions: Omit<PretrainingOptions, 'steps'> = defaultsOf(pretrainingOptions);

/** The shortest row: the special tokens, and one token of each segment. */
const shortest = 5;

/** @throws OptionError naming the first option that is out of its range */
export function validatePretraining(
  options: PretrainingOptions,
  { positions }: Pick<EncoderConfig, 'positions'>,
): void {
  const { length } = options;
  if (!Number.isInteger(length) || length < shortest || length > positions) {
    const range = `from ${shortest} to ${positions}, the positions of the model`;
    throw new OptionError('length', `must be a whole number ${range}, not ${length}`);
  }
  for (const [name, option] of Object.entries(pretrainingOptions)) {
    checkOption(name, option, options[name as keyof PretrainingOptions]);
  }
}
