import * as tf from '@tensorflow/tfjs-core';

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
 * The mean of the start's and the end's cross-entropy over the tokens (Devlin et al. 2019, section 4.2). An example
 * whose position lies outside [0, length), as where truncation cut the answer off, does not count in that term.
 *
 * @param logits of start and end, [rows, length] each
 * @param positions int32 [rows] each
 */
export function spanLoss(
  logits: { readonly start: tf.Tensor2D; readonly end: tf.Tensor2D },
  positions: { readonly start: tf.Tensor1D; readonly end: tf.Tensor1D },
  weights: tf.Tensor1D,
): tf.Scalar {
  const term = (side: 'start' | 'end') => {
    const position = positions[side];
    const length = logits[side].shape[1];
    const inside = tf.logicalAnd(tf.greaterEqual(position, 0), tf.less(position, length));
    const clipped = tf.cast(tf.mul(position, tf.cast(inside, 'int32')), 'int32') as tf.Tensor1D;
    const counted = tf.mul(weights, tf.cast(inside, 'float32')) as tf.Tensor1D;
    return crossEntropyLoss(logits[side], clipped, counted);
  };
  return tf.mul(tf.add(term('start'), term('end')), 0.5);
}

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
