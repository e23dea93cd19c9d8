import type { EncoderConfig } from '@diffprune/bert';
import { OptionError } from '@diffprune/training';

/** Everything that decides the outcome of a pretraining run, apart from the model and the texts. */
export interface PretrainingOptions {
  /** Optimiser steps in all. */
  readonly steps: number;
  /** Rows in a batch. */
  readonly batchSize: number;
  /** Tokens of each row, special ones included. */
  readonly length: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Fraction of the steps over which the rate rises linearly, before it falls linearly to 0. */
  readonly warmup: number;
  /** AdamW's decoupled weight decay; biases and LayerNorm parameters are spared. */
  readonly weightDecay: number;
  /** Bound on the gradient norm. */
  readonly maxGradientNorm: number;
  /** Steps from one evaluation on the held-out text to the next. */
  readonly evaluationSteps: number;
  /** Seeds the masks and the order of the rows. */
  readonly seed: number;
}

/**
 * Devlin et al. 2019, appendix A.2, where they apply (weight decay, and the norm bound of the reference code); rate,
 * batch and warm-up are for small models, which take greater rates than the paper's 1e-4.
 */
export const defaultPretrainingOptions = {
  batchSize: 64,
  length: 128,
  learningRate: 1e-3,
  warmup: 0.05,
  weightDecay: 0.01,
  maxGradientNorm: 1,
  evaluationSteps: 500,
  seed: 42,
} as const satisfies Partial<PretrainingOptions>;

/** @throws OptionError naming the first option that is out of its range */
export function validatePretraining(
  options: PretrainingOptions,
  { positions }: Pick<EncoderConfig, 'positions'>,
): void {
  const check = (
    option: keyof PretrainingOptions,
    holds: (value: number) => boolean,
    expected: string,
  ): void => {
    if (holds(options[option])) return;
    throw new OptionError(option, `must be ${expected}, not ${String(options[option])}`);
  };
  for (const option of ['steps', 'batchSize', 'evaluationSteps'] as const) {
    check(option, (value) => Number.isSafeInteger(value) && value > 0, 'a positive whole number');
  }
  check(
    'length',
    (value) => Number.isInteger(value) && value >= 5 && value <= positions,
    `a whole number from 5 to ${positions}, the positions of the model`,
  );
  check('learningRate', (value) => Number.isFinite(value) && value > 0, 'a positive number');
  check('warmup', (value) => value >= 0 && value <= 1, 'between 0 and 1');
  check('weightDecay', (value) => Number.isFinite(value) && value >= 0, 'a number of at least 0');
  check('maxGradientNorm', (value) => value > 0, 'a positive number');
  check(
    'seed',
    (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
    'a whole number from 0 to 2^32 - 1',
  );
}
