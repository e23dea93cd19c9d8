import { methods, type Method, type MethodName } from './methods.ts';
import type { ResolvedOptions, TrainingOptions } from './options.ts';

/** What the options that are left out depend on. */
export interface RunSize {
  readonly method: MethodName;
  /** d, the base's parameters. */
  readonly parameters: number;
  /** Rows to train on. */
  readonly rows: number;
}

/**
 * Peak learning rates for a base of d parameters. Fine-tuning has a power of d, through 1e-5 for BERT-large's 340
 * million: 2e-5 for BERT-base, 7e-5 at 23 million, 5e-4 at 1.5 million. The w of diff pruning, whose entries get a
 * gradient only as far as their gates are open, takes more in between, and no more than 5e-4: 1e-5, 5e-5, 3e-4, 5e-4.
 * Fixed-mask fine-tuning has five to ten times as much (Guo et al., section 4.3: five).
 */
export function defaultRates(
  method: MethodName,
  parameters: number,
): Pick<ResolvedOptions, 'learningRate' | 'fixedMaskLearningRate'> {
  const { gates }: Method = methods[method];
  const learningRate =
    gates === undefined ? 1e-5 * (340e6 / parameters) ** 0.72 : 5e-4 / (1 + (parameters / 29e6) ** 1.6);
  return { learningRate, fixedMaskLearningRate: (gates === undefined ? 10 : 7) * learningRate };
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
