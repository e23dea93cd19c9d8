import type { GroupPenalty } from '@diffprune/hard-concrete';

/** Everything that decides the outcome of a training run, apart from the base and the data. */
export interface TrainingOptions {
  /** Fraction of base parameters that the diff changes, in (0, 1]; the paper's target sparsity rate. */
  readonly density: number;
  /** Epochs of the first stage: L0 training, or plain fine-tuning. */
  readonly epochs: number;
  /** Epochs of fixed-mask fine-tuning after the projection. */
  readonly fixedMaskEpochs: number;
  /** Upper bound on the optimiser steps of each stage; the schedules shrink with it. */
  readonly maxSteps?: number;
  /** Rows in a batch; left out, see {@link completeOptions}. */
  readonly batchSize?: number;
  /**
   * Peak learning rate of the first stage, for the diff's weights w (or θ in fine-tuning) and the head; left out,
   * see {@link completeOptions}.
   */
  readonly learningRate?: number;
  /** Peak learning rate of fixed-mask fine-tuning; left out, see {@link completeOptions}. */
  readonly fixedMaskLearningRate?: number;
  /**
   * Peak learning rate of the gates' log-odds α; left out, it follows from the length of the stage where λ is steered,
   * and is 0.1 where λ is given.
   */
  readonly alphaLearningRate?: number;
  /** Fraction of a stage's steps over which the rates rise linearly, before they fall linearly to 0. */
  readonly warmup: number;
  /** AdamW's decoupled weight decay; biases and LayerNorm parameters are spared. */
  readonly weightDecay: number;
  /** Bound on the gradient norm, of w (with the head) and of α apart. */
  readonly maxGradientNorm: number;
  /** λ, the price of one expected nonzero; left out, it is steered (see `DensityController`). */
  readonly l0Penalty?: number;
  /** What of structured gates has that price: each gate by itself, or the expected number of nonzeros. */
  readonly groupPenalty: GroupPenalty;
  /** The log-odds α that every gate starts with. */
  readonly initialLogOdds: number;
  /** (l, r): the interval that the gate's logistic variable is stretched to before it is clamped to [0, 1]. */
  readonly stretch: readonly [number, number];
  /** Seeds the head's initial values, the order of the examples, dropout and gates. */
  readonly seed: number;
}

/**
 * The paper's values (Guo et al., section 4.3 and footnote 6) and, where it is silent, those of its released code:
 * norms clipped to 1, a sum for the penalty of groups. Five fixed-mask epochs suit the small tasks MRPC, STS-B and RTE.
 */
export const defaultOptions: TrainingOptions = {
  density: 0.005,
  epochs: 3,
  fixedMaskEpochs: 3,
  warmup: 0.1,
  weightDecay: 0,
  maxGradientNorm: 1,
  groupPenalty: 'sum',
  initialLogOdds: 5,
  stretch: [-1.5, 1.5],
  seed: 42,
};

/** Options with what `train` fills in. */
export type ResolvedOptions = TrainingOptions &
  Required<Pick<TrainingOptions, 'batchSize' | 'learningRate' | 'fixedMaskLearningRate'>>;

/** An option outside its range. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
  constructor(
    readonly option: string,
    expected: string,
    actual: unknown,
  ) {
    super(`${option} must be ${expected}, not ${String(actual)}`);
  }
}

/** @throws OptionError naming the first option that is out of its range */
export function validateOptions(options: TrainingOptions): void {
  const check = (
    option: keyof TrainingOptions,
    holds: (value: number) => boolean,
    expected: string,
  ): void => {
    const value = options[option];
    if (value !== undefined && !(typeof value === 'number' && holds(value))) {
      throw new OptionError(option, expected, value);
    }
  };
  const positiveInteger = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  const nonNegative = (value: number): boolean => Number.isFinite(value) && value >= 0;
  check('density', (value) => value > 0 && value <= 1, 'above 0 and at most 1');
  check('epochs', positiveInteger, 'a positive whole number');
  check('fixedMaskEpochs', positiveInteger, 'a positive whole number');
  check('maxSteps', positiveInteger, 'a positive whole number');
  check('batchSize', (value) => positiveInteger(value) && value <= 65_536, 'a whole number from 1 to 65536');
  for (const rate of ['learningRate', 'alphaLearningRate', 'fixedMaskLearningRate'] as const) {
    check(rate, (value) => Number.isFinite(value) && value > 0, 'a positive number');
  }
  check('warmup', (value) => value >= 0 && value <= 1, 'between 0 and 1');
  check('weightDecay', nonNegative, 'a number of at least 0');
  check('maxGradientNorm', (value) => value > 0, 'a positive number');
  check('l0Penalty', nonNegative, 'a number of at least 0');
  check('initialLogOdds', Number.isFinite, 'a finite number');
  check(
    'seed',
    (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
    'a whole number from 0 to 2^32 - 1',
  );
  if (options.groupPenalty !== 'sum' && options.groupPenalty !== 'product') {
    throw new OptionError('groupPenalty', 'sum or product', options.groupPenalty);
  }
  const [l, r] = options.stretch;
  if (!(l < 0 && r > 1)) throw new OptionError('stretch', 'two numbers l < 0 and r > 1', options.stretch);
}
