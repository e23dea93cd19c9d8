import * as tf from '@tensorflow/tfjs-core';
import type { BertConfig } from './config.ts';
import { activate, layerNorm, linear, named, type NamedTensors } from './layers.ts';

/** Class scores: pooled output [batch, hidden] → logits [batch, labels]. */
export function classificationLogits(parameters: NamedTensors, pooled: tf.Tensor2D): tf.Tensor2D {
  return linear(parameters, 'classifier', pooled);
}

/** One real value for each example: pooled output [batch, hidden] → [batch]. */
export function regressionLogits(parameters: NamedTensors, pooled: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape(linear(parameters, 'classifier', pooled), [-1]);
}

/** Scores of each token as start and as end of an answer: [batch, length, hidden] → two times [batch, length]. */
export function spanLogits(
  parameters: NamedTensors,
  sequenceOutput: tf.Tensor3D,
): { start: tf.Tensor2D; end: tf.Tensor2D } {
  const [examples, length, hidden] = sequenceOutput.shape;
  const both = linear(parameters, 'qa_outputs', tf.reshape(sequenceOutput, [-1, hidden]));
  const column = (index: number) =>
    tf.reshape(tf.slice(both, [0, index], [-1, 1]), [examples, length]) as tf.Tensor2D;
  return { start: column(0), end: column(1) };
}

/**
 * Scores of every word at the masked positions (Devlin et al. 2019, section 3.1): a transform of those tokens'
 * vectors against the word embeddings.
 *
 * @param sequenceOutput [batch, length, hidden]
 * @param positions int32 [batch, predictions], each within its example
 * @returns [batch·predictions, vocabulary]
 */
export function maskedLmLogits(
  parameters: NamedTensors,
  sequenceOutput: tf.Tensor3D,
  positions: tf.Tensor2D,
  config: BertConfig,
): tf.Tensor2D {
  const [examples, length, hidden] = sequenceOutput.shape;
  const starts = tf.tensor2d(
    Array.from({ length: examples }, (_, example) => example * length),
    [examples, 1],
    'int32',
  );
  const rows = tf.reshape(tf.add(positions, starts), [-1]) as tf.Tensor1D;
  const chosen = tf.gather(tf.reshape(sequenceOutput, [-1, hidden]) as tf.Tensor2D, rows);
  const transformed = activate(
    linear(parameters, 'cls.predictions.transform.dense', chosen),
    config.hiddenAct,
  );
  const normal = layerNorm(parameters, 'cls.predictions.transform', transformed, config.layerNormEps);
  const words = named<tf.Tensor2D>(parameters, 'bert.embeddings.word_embeddings.weight');
  return tf.add(tf.matMul(normal, words, false, true), named(parameters, 'cls.predictions.bias'));
}

/**
 * Scores of "follows" and "does not follow" for the second segment (Devlin et al. 2019, section 3.1): pooled output
 * [batch, hidden] → [batch, 2].
 */
export function nextSentenceLogits(parameters: NamedTensors, pooled: tf.Tensor2D): tf.Tensor2D {
  return linear(parameters, 'cls.seq_relationship', pooled);
}
