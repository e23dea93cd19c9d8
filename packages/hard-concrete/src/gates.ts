import * as tf from '@tensorflow/tfjs-core';
import { completeOptions, halfOpen, type HardConcreteOptions } from './options.ts';

type Options = Partial<HardConcreteOptions>;

function stretchAndClamp(s: tf.Tensor, { l, r }: HardConcreteOptions): tf.Tensor {
  return tf.clipByValue(tf.add(tf.mul(s, r - l), l), 0, 1);
}

/**
 * A sample of the gate, z = min(1, max(0, s·(r - l) + l)) with s = σ((log u - log(1 - u) + α) / temperature)
 * (Louizos et al. 2018, equations 10 and 11; Guo et al. 2021, section 3.1). Differentiable by α: the gradient is 0
 * where the clamp holds, finite everywhere.
 *
 * @param alpha log-odds α, any shape
 * @param u uniform random numbers, the same shape, in [0, 1]; 0 and 1 give the closed and the open gate
 * @returns z in [0, 1], the same shape
 * @throws HardConcreteError if an option is out of range
 */
export function sample(alpha: tf.Tensor, u: tf.Tensor, options: Options = {}): tf.Tensor {
  const complete = completeOptions(options);
  const logit = tf.sub(tf.log(u), tf.log(tf.sub(1, u)));
  return stretchAndClamp(tf.sigmoid(tf.div(tf.add(logit, alpha), complete.temperature)), complete);
}

/**
 * The gate without noise, ẑ = min(1, max(0, σ(α)·(r - l) + l)) (Louizos et al. 2018, equation 13).
 *
 * @param alpha log-odds α, any shape
 * @returns ẑ in [0, 1], the same shape
 * @throws HardConcreteError if an option is out of range
 */
export function deterministicGate(alpha: tf.Tensor, options: Options = {}): tf.Tensor {
  return stretchAndClamp(tf.sigmoid(alpha), completeOptions(options));
}

/**
 * The probability that a gate is not 0, σ(α - temperature · log(-l/r)) (Louizos et al. 2018, equation 12). Its
 * gradient, P·(1 - P), keeps its relative precision where P is near 1.
 *
 * @param alpha log-odds α, any shape
 * @returns P in [0, 1], the same shape
 * @throws HardConcreteError if an option is out of range
 */
export function probabilityNonzero(alpha: tf.Tensor, options: Options = {}): tf.Tensor {
  const middle = halfOpen(completeOptions(options));
  const probability = tf.customGrad((x, save) => {
    const input = x as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    return {
      value: tf.sigmoid(tf.sub(input, middle)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const distance = tf.sub(saved[0]!, middle);
        return tf.mul(dy, tf.mul(tf.sigmoid(distance), tf.sigmoid(tf.neg(distance))));
      },
    };
  });
  return probability(alpha);
}

/**
 * The expected number of nonzero gates, Σ P(α_i) (Guo et al. 2021, section 3.1): a scalar.
 *
 * @throws HardConcreteError if an option is out of range
 */
export function expectedL0(alpha: tf.Tensor, options: Options = {}): tf.Scalar {
  return tf.sum(probabilityNonzero(alpha, options));
}

/** A group of elements (in diff pruning, a weight matrix or a bias vector) with a scalar gate of its own. */
export interface Group {
  /** The elements' log-odds, any shape. */
  readonly alpha: tf.Tensor;
  /** The group's log-odds, a scalar. */
  readonly groupAlpha: tf.Tensor;
}

/**
 * A sample of a group's diff, δ_i = z_i · z_g · w_i (structured diff pruning, Guo et al. 2021, section 3.3).
 *
 * @param w weights, the shape of the group's alpha
 * @param u and groupU: uniform random numbers of the shapes of alpha and groupAlpha
 * @returns δ, the shape of w
 * @throws HardConcreteError if an option is out of range
 */
export function groupedDiff(
  w: tf.Tensor,
  { alpha, groupAlpha }: Group,
  u: tf.Tensor,
  groupU: tf.Tensor,
  options: Options = {},
): tf.Tensor {
  return tf.mul(tf.mul(sample(alpha, u, options), sample(groupAlpha, groupU, options)), w);
}

/**
 * The expected number of nonzeros under group gates, Σ_g P(α_g) Σ_{i in g} P(α_i) (Guo et al. 2021, section 3.3).
 *
 * @throws HardConcreteError if an option is out of range
 */
export function groupedExpectedL0(groups: readonly Group[], options: Options = {}): tf.Scalar {
  return groups.reduce<tf.Scalar>(
    (total, { alpha, groupAlpha }) =>
      tf.add(
        total,
        tf.mul(expectedL0(alpha, options), tf.reshape(probabilityNonzero(groupAlpha, options), [])),
      ),
    tf.scalar(0),
  );
}

/**
 * The price of every gate by itself, elements' and groups': Σ_g (P(α_g) + Σ_{i in g} P(α_i)), as the diff-pruning
 * authors' code has it in place of {@link groupedExpectedL0}. A scalar.
 *
 * @throws HardConcreteError if an option is out of range
 */
export function summedOpenings(groups: readonly Group[], options: Options = {}): tf.Scalar {
  return groups.reduce<tf.Scalar>(
    (total, { alpha, groupAlpha }) =>
      tf.add(
        total,
        tf.add(expectedL0(alpha, options), tf.reshape(probabilityNonzero(groupAlpha, options), [])),
      ),
    tf.scalar(0),
  );
}
