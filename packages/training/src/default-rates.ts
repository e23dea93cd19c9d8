import type { MethodName } from './methods.ts';
import { methods, type Method } from './methods.ts';
import type { ResolvedOptions, TrainingOptions } from './options.ts';

/** What the options that are left out depend on. */
export interface RunSize {
  readonly method: MethodName;
  /** d, the base's parameters. */
  readonly parameters: number;
  /** Rows to train on. */
  readonly rows: number;
}

/** Peak learning rates for a base of `parameters` parameters. */
export function defaultRates(
  method: MethodName,
  parameters: number,
): Pick<ResolvedOptions, 'learningRate' | 'fixedMaskLearningRate'> {
  const { gates }: Method = methods[method];
  const full = 1e-5 * (340e6 / parameters) ** 0.72;
  return gates === undefined
    ? { learningRate: full, fixedMaskLearningRate: 10 * full }
    : { learningRate: 2 * full, fixedMaskLearningRate: 10 * full };
}

/** An epoch of so many batches is long enough to learn from; smaller data get smaller batches. */
const leastBatches = 100;

/** 32 rows, less where an epoch would have too few steps. */
export function defaultBatchSize(rows: number): number {
  return [32, 16].find((size) => rows >= leastBatches * size) ?? 8;
}

/** The options with those that were left out. */
export function completeOptions(
  options: TrainingOptions,
  { method, parameters, rows }: RunSize,
): ResolvedOptions {
  return { ...defaultRates(method, parameters), batchSize: defaultBatchSize(rows), ...options };
}
