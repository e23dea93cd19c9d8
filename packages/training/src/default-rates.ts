import type { Default, RunSize } from './options.ts';

/** Peak learning rates for a base of d parameters, where nothing else is said. */
export type RateLaw = (size: Pick<RunSize, 'parameters'>) => number;

/**
 * Fine-tuning has a power of d, through 1e-5 for BERT-large's 340 million: 2e-5 for BERT-base, 7e-5 at 23 million, 5e-4
 * at 1.5 million.
 */
export const fineTuningRate: RateLaw = ({ parameters }) => 1e-5 * (340e6 / parameters) ** 0.72;

/** Pruning has half as much again: 3e-5 for BERT-base (Sanh et al. 2020, released code). */
export const pruningRate: RateLaw = (size) => 1.5 * fineTuningRate(size);

/**
 * A diff whose entries get a gradient only as far as their gates are open takes more than fine-tuning, and no more than
 * 9e-4: 1e-5 for BERT-large, 5e-5 for BERT-base, 3e-4 at 23 million, 8e-4 at 1.5 million.
 */
export const gatedRate: RateLaw = ({ parameters }) => 8.8e-4 / (1 + (parameters / 14.4e6) ** 1.41);

/**
 * Adapters take far more than fine-tuning, for their weights begin near 0: 3e-4 for BERT-large, as in Houlsby et al.,
 * section 3.2, 5e-4 for BERT-base, 1e-3 at 23 million, 3e-3 at 1.5 million.
 */
export const adapterRate: RateLaw = ({ parameters }) => 3e-4 * (340e6 / parameters) ** 0.44;

/**
 * Fine-tuning of a diff with its mask fixed has a multiple of the first stage's rate at the paper's density of 0.5%, and
 * more for fewer entries: a step moves δ by the same distance, ‖·‖₂ ∝ rate · √density, whatever the density.
 */
export function fixedMaskRate(factor: number, law: RateLaw): Default<number> {
  return (size, { density }) => factor * law(size) * Math.sqrt(0.005 / Number(density));
}
