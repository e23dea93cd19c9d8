import * as tf from '@diffprune/tfjs-core';

/**
 * Mean cross-entropy of softmax(logits) against class labels, Σ w·loss / Σ w.
 *
 * @param logits [rows, classes]
 * @param labels int32 [rows], each in [0, classes)
 * @param weights float32 [rows]; rows of weight 0 do not count
 * @returns a scalar; 0 if all weights are 0
 */
export function crossEntropyLoss(logits: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  return weightedMean(crossEntropy(logits, labels), weights);
}

/** Mean squared error, Σ w·(prediction − label)² / Σ w; all arguments [rows]. */
export function meanSquaredErrorLoss(
  predictions: tf.Tensor1D,
  labels: tf.Tensor1D,
  weights: tf.Tensor1D,
): tf.Scalar {
  return weightedMean(tf.squaredDifference(predictions, labels), weights);
}

/**
 * What a student has yet to learn of its teacher's soft targets, T²·KL(softmax(teacher / T) ‖ softmax(logits / T)),
 * Σ w·… / Σ w (Hinton, Vinyals & Dean 2015, section 2). T² makes up for the temperature in the gradient, which is
 * T·(softmax(logits / T) − softmax(teacher / T)).
 *
 * @param logits the student's, [rows, classes]
 * @param teacher [rows, classes]
 * @param weights float32 [rows]; rows of weight 0 do not count
 * @param temperature T, above 0
 * @returns a scalar; 0 if all weights are 0
 */
export function distillationLoss(
  logits: tf.Tensor2D,
  teacher: tf.Tensor2D,
  weights: tf.Tensor1D,
  temperature: number,
): tf.Scalar {
  const loss = tf.customGrad((...args) => {
    const [logits, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const found = tf.logSoftmax(tf.div(logits, temperature));
    const wanted = tf.logSoftmax(tf.div(teacher, temperature));
    save([found, wanted]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [found, wanted] = saved as [tf.Tensor, tf.Tensor];
      return tf.mul(tf.expandDims(tf.mul(dy, temperature), 1), tf.sub(tf.exp(found), tf.exp(wanted)));
    };
    const divergence = tf.sum(tf.mul(tf.exp(wanted), tf.sub(wanted, found)), 1);
    return { value: tf.mul(divergence, temperature ** 2), gradFunc };
  });
  return weightedMean(loss(logits) as tf.Tensor1D, weights);
}

/**
 * The least {@link distillationLoss} of one prediction for all rows, T²·(H(mean p) − mean H(p)), p = softmax(row / T).
 *
 * @param teacher its scores for each row; what a shorter row lacks has no probability
 */
export function constantDistillationLoss(teacher: readonly ArrayLike<number>[], temperature: number): number {
  const total: number[] = [];
  let within = 0;
  for (const row of teacher) {
    const scores = Array.from(row, (score) => score / temperature);
    const largest = scores.reduce((a, b) => Math.max(a, b));
    const powers = scores.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((a, b) => a + b);
    powers.forEach((power, i) => (total[i] = (total[i] ?? 0) + power / sum));
    within += negativeLogs(powers.map((power) => power / sum));
  }
  const between = negativeLogs(total.map((sum) => sum / teacher.length));
  return temperature ** 2 * (between - within / teacher.length);
}

/** −Σ p log p, in nats. */
function negativeLogs(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
}

/** Entropy of the labels' frequencies, in nats: the least mean cross-entropy of one prediction for all of them. */
export function entropy(labels: ArrayLike<number>): number {
  const values = Array.from(labels);
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return mean(values.map((value) => -Math.log(counts.get(value)! / values.length)));
}

/** Variance of the labels: the least mean squared error of one prediction for all of them. */
export function variance(labels: ArrayLike<number>): number {
  const values = Array.from(labels);
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** −log softmax(logits)[label] of each row; its gradient is softmax(logits) − onehot(label). */
function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const loss = tf.customGrad((...args) => {
    const [logits, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const logProbabilities = tf.logSoftmax(logits);
    const target = tf.oneHot(labels, logits.shape[1], 1, 0, 'float32');
    save([logProbabilities, target]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [logProbabilities, target] = saved as [tf.Tensor, tf.Tensor];
      return tf.mul(tf.expandDims(dy, 1), tf.sub(tf.exp(logProbabilities), target));
    };
    return { value: tf.neg(tf.sum(tf.mul(logProbabilities, target), 1)), gradFunc };
  });
  return loss(logits) as tf.Tensor1D;
}

/** Σ w·x / Σ w, and 0 if every weight is 0. Weights are 0 or at least 1e-6. */
function weightedMean(values: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  const total = tf.maximum(tf.sum(weights), 1e-6);
  return tf.div(tf.sum(tf.mul(values, weights)), total);
}
