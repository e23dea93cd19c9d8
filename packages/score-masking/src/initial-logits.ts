import * as tf from '@tensorflow/tfjs-core';
import { isKept, topCuts, type TopOptions } from './cuts.ts';
import { topMasks } from './masks.ts';
import { expectNumber } from './errors.ts';

/** How a supermask begins. */
export interface InitialSparsity {
  /** The fraction of the smallest magnitudes that begin masked, in [0, 1]; 0: all dense. */
  readonly sparsity: number;
  /** Whether it is one of each tensor, or of all together: `global` if not given. */
  readonly scope?: TopOptions['scope'];
}

/** |ν| at the start (Radiya-Dixit and Wang 2020, section 3): a weight is kept with the probability σ(5) = 0.9933, or 0.0067. */
export const initialLogit = 5;

function options({ sparsity, scope = 'global' }: InitialSparsity) {
  expectNumber('sparsity', sparsity, sparsity >= 0 && sparsity <= 1, 'a number from 0 to 1');
  return [1 - sparsity, { scope, by: 'magnitude' }] as const;
}

/**
 * The first ν of a supermask, by a soft magnitude-based mask (Radiya-Dixit and Wang 2020, section 3): -5 for the given
 * fraction of weights with the smallest magnitudes, 5 for the rest. Exactly `remainingCount` are 5.
 *
 * @param weights θ̃, any shapes
 * @returns ν of each, of its shape
 * @throws ScoreMaskingError if the sparsity is out of range
 */
export function initialLogits(weights: readonly tf.Tensor[], initial: InitialSparsity): tf.Tensor[] {
  const masks = topMasks(weights, ...options(initial));
  return masks.map((mask) => tf.mul(tf.sub(tf.mul(mask, 2), 1), initialLogit));
}

/**
 * The same of flat arrays: writes ν.
 *
 * @param logits where ν goes, an array for each of the weights, of its length
 * @param weights θ̃, arrays of a `Slab`
 * @throws ScoreMaskingError if the sparsity is out of range; KernelError if a weight is NaN or an array lies in no slab
 */
export function fillInitialLogits(
  logits: readonly Float32Array[],
  weights: readonly Float32Array[],
  initial: InitialSparsity,
): void {
  topCuts(weights, ...options(initial)).forEach((cut, i) => {
    const weight = weights[i]!;
    logits[i]!.forEach((_, j, out) => {
      out[j] = isKept(Math.abs(weight[j]!), j, cut) ? initialLogit : -initialLogit;
    });
  });
}
