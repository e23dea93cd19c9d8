import * as tf from '@tensorflow/tfjs-core';
import { remainingCount, type TopOptions } from './cuts.ts';

/** A function with a gradient of its own; `gradient` is given ∂L/∂value and x. */
function withGradient(
  x: tf.Tensor,
  value: (x: tf.Tensor) => tf.Tensor,
  gradient: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy, saved[0]!);
    return { value: value(input as tf.Tensor), gradFunc };
  })(x);
}

/**
 * Top v masks (Sanh et al. 2020, equation 1): 1 for the exactly `remainingCount` greatest scores of each tensor, or of all,
 * else 0; of equal ones the first, in the order of the tensors, then of their elements. Differentiable straight through
 * (equation 2): ∂L/∂score is ∂L/∂mask. By magnitude masks are constants: their gradient is 0.
 *
 * @param scores any shapes; none is NaN
 * @param remaining v, in [0, 1]
 * @returns a mask for each tensor, of its shape
 * @throws ScoreMaskingError if v is out of range
 */
export function topMasks(
  scores: readonly tf.Tensor[],
  remaining: number,
  { scope = 'local', by = 'value' }: TopOptions = {},
): tf.Tensor[] {
  const through = (score: tf.Tensor, mask: tf.Tensor) => {
    const gradient = by === 'magnitude' ? tf.zerosLike : tf.clone;
    return withGradient(
      score,
      () => tf.clone(mask),
      (dy) => gradient(dy),
    );
  };
  const flat = scores.map((score) => tf.reshape(by === 'magnitude' ? tf.abs(score) : score, [-1]));
  if (scope === 'local') {
    return scores.map((score, i) => through(score, tf.reshape(greatest(flat[i]!, remaining), score.shape)));
  }
  const masks = tf.split(
    greatest(tf.concat(flat), remaining),
    scores.map(({ size }) => size),
  );
  return scores.map((score, i) => through(score, tf.reshape(masks[i]!, score.shape)));
}

/** 1 for the greatest elements of a vector, of equal ones the first; else 0. */
function greatest(x: tf.Tensor, remaining: number): tf.Tensor {
  const count = remainingCount(x.size, remaining);
  if (count === 0) return tf.zerosLike(x);
  const { values } = tf.topk(x, count);
  const threshold = tf.min(values);
  const above = tf.greater(x, threshold);
  const equal = tf.cast(tf.equal(x, threshold), 'int32');
  const places = tf.sub(count, tf.sum(tf.cast(above, 'int32')));
  const kept = tf.mul(equal, tf.cast(tf.lessEqual(tf.cumsum(equal), places), 'int32'));
  return tf.cast(tf.logicalOr(above, tf.cast(kept, 'bool')), 'float32');
}

/**
 * The mask S > τ of soft movement pruning (Sanh et al. 2020, section 4), straight through: ∂L/∂score is ∂L/∂mask.
 *
 * @param score any shape
 * @returns 0 or 1, the same shape
 */
export function thresholdMask(score: tf.Tensor, threshold: number): tf.Tensor {
  return withGradient(
    score,
    (x) => tf.cast(tf.greater(x, threshold), 'float32'),
    (dy) => tf.clone(dy),
  );
}

/**
 * θ' = M ⊙ W. ∂L/∂W is g ⊙ M; `straight-through` lets it be g, so that weights which are masked go on being updated (Zhu
 * and Gupta 2018). ∂L/∂M = g ⊙ W.
 *
 * @param weight W, any shape
 * @param mask M, the same shape
 */
export function maskedWeight(
  weight: tf.Tensor,
  mask: tf.Tensor,
  weightGradient: 'masked' | 'straight-through' = 'masked',
): tf.Tensor {
  if (weightGradient === 'masked') return tf.mul(weight, mask);
  const product = tf.customGrad((w, m, save) => {
    const [x, y] = [w as tf.Tensor, m as tf.Tensor];
    (save as tf.GradSaveFunc)([x]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.clone(dy), tf.mul(dy, saved[0]!)];
    return { value: tf.mul(x, y), gradFunc };
  });
  return product(weight, mask);
}

/**
 * The penalty λ Σ σ(S) of soft movement pruning (Sanh et al. 2020, section 4), over all tensors: a scalar.
 *
 * @param lambda λ, the price of a score that is surely kept
 */
export function scorePenalty(scores: readonly tf.Tensor[], lambda: number): tf.Scalar {
  const sums = scores.map((score) => tf.sum(tf.sigmoid(score)));
  return tf.mul(lambda, sums.length === 0 ? tf.scalar(0) : tf.addN(sums));
}

/**
 * A Bernoulli supermask (Radiya-Dixit and Wang 2020, equation 4): 1 with the probability σ(ν), where u < σ(ν), else 0.
 * Straight through the sample, not through σ: ∂L/∂ν = ∂L/∂mask · σ(ν) · (1 - σ(ν)), as in Zhou et al. 2019.
 *
 * @param logits ν, any shape
 * @param u uniform random numbers in [0, 1), the same shape
 */
export function bernoulliMask(logits: tf.Tensor, u: tf.Tensor): tf.Tensor {
  return withGradient(
    logits,
    (x) => tf.cast(tf.less(u, tf.sigmoid(x)), 'float32'),
    (dy, x) => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x)))),
  );
}
