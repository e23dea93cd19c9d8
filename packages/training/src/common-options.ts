import { distillationOptions } from './distillation-options.ts';
import { firstEpochs } from './epochs.ts';
import {
  bound,
  fraction,
  integerFrom,
  nonNegative,
  positiveInteger,
  type RunSize,
  type ValuesOf,
} from './options.ts';

/** An epoch of so many batches is long enough to learn from; smaller data get smaller batches. */
const leastBatches = 100;

/** 32 rows, less where an epoch would have too few steps. */
export function defaultBatchSize({ rows }: Pick<RunSize, 'rows'>): number {
  return [32, 16].find((size) => rows >= leastBatches * size) ?? 8;
}

/** The options that every method has. */
export const commonOptions = {
  epochs: firstEpochs({ default: 3 }),
  batchSize: integerFrom(
    1,
    65_536,
  )({
    default: defaultBatchSize,
    shown: '32; less for small data',
    argument: 'rows',
    help: 'examples in a batch',
  }),
  warmup: fraction({
    default: 0.1,
    argument: 'fraction',
    help: 'part of the steps in which the rates rise, before they fall to 0',
  }),
  weightDecay: nonNegative({
    default: 0,
    argument: 'rate',
    help: "AdamW's; biases and LayerNorm are spared",
  }),
  maxGradientNorm: bound({ default: 1, argument: 'norm', help: 'longer gradients are cut down to it' }),
  maxSteps: positiveInteger({ argument: 'steps', help: 'most steps of each stage' }),
  seed: integerFrom(
    0,
    2 ** 32 - 1,
    '2^32 - 1',
  )({
    default: 42,
    argument: 'number',
    help: 'for the head, the order of the examples, dropout, gates',
  }),
  ...distillationOptions,
};

export type CommonOptions = ValuesOf<typeof commonOptions>;
