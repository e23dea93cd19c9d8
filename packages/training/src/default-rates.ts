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
 * Adapters take far more than fine-tuning, for their weights begin near 0: 3e-4 for BERT-large, as with Houlsby et al.,
 * 5e-4 for BERT-base, 9e-4 at 23 million (which stands still at 3e-3), 1.4e-3 at 1.5 million.
 */
export const adapterRate: RateLaw = ({ parameters }) => 1.6e-3 / (1 + (parameters / 31e6) ** 0.62);

/**
 * What the rate of a diff's entries is multiplied by where only a part of them can move: a step then takes δ as far,
 * ‖·‖₂ ∝ rate · √(part), as it takes all parameters in fine-tuning.
 *
 * @param part in (0, 1]
 */
export function partFactor(part: number): number {
  return Math.sqrt(1 / part);
}

/** d of the sample model, on whose tasks the rate of a fixed mask was found first. */
const sampleModel = 1_453_952;

/**
 * A diff with its mask fixed takes more than fine-tuning, and its rate falls less with d: at the paper's density of 0.5%
 * ten times fine-tuning's for the sample model, 5e-3; with the cube root of d from there, 2e-3 at 23 million, 8e-4 for
 * BERT-large, where Ben Zaken et al. 2021 have 1e-4 to 1e-3 for the biases alone.
 */
export const fixedMaskRate: Default<number> = ({ parameters }, { density }) =>
  10 *
  fineTuningRate({ parameters: sampleModel }) *
  Math.cbrt(sampleModel / parameters) *
  partFactor(Number(density) / 0.005);
