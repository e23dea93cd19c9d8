import * as tf from '@diffprune/tfjs-core';
import { attentionStep } from '@diffprune/inference-kernels';
import { checkShapes, operation, type Operation } from './operation.ts';

export const attentionOperation: Operation = {
  name: 'Attention',
  step({ shapes, attributes, out, rows, words }) {
    const [[count = 0, hidden = 0] = [], , , [examples = 0, length = 0] = []] = shapes;
    const heads = attributes['heads'] as number;
    const shape = { examples, heads, rows: count / examples, length, size: hidden / heads };
    const states = { query: rows(0), key: rows(1), value: rows(2) };
    return attentionStep(states, words(3), out, shape);
  },
};

/** What attention mixes. */
export interface AttentionStates {
  /** [examples·rows, hidden] */
  readonly query: tf.Tensor2D;
  /** [examples·length, hidden] */
  readonly key: tf.Tensor2D;
  /** [examples·length, hidden] */
  readonly value: tf.Tensor2D;
}

/**
 * Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2).
 *
 * @param mask 1 for tokens, 0 for padding, int32 [examples, length]
 * @param heads a divisor of hidden
 * @param drop what becomes of the probabilities [examples, heads, rows, length] in training
 * @returns [examples·rows, hidden]
 * @throws RangeError for other shapes
 */
export function attention(
  { query, key, value }: AttentionStates,
  mask: tf.Tensor2D,
  heads: number,
  drop?: (probabilities: tf.Tensor) => tf.Tensor,
): tf.Tensor2D {
  const [examples, length] = mask.shape;
  const hidden = query.shape[1];
  const rows = query.shape[0] / examples;
  const states = [examples * length, hidden];
  const whole = Number.isInteger(rows) && Number.isInteger(hidden / heads);
  if (!whole)
    throw new RangeError(`attention: ${heads} heads and ${examples} examples do not divide [${query.shape}]`);
  checkShapes('attention', {
    ...{ query: [query, [examples * rows, hidden]], mask: [mask, [examples, length]] },
    ...{ key: [key, states], value: [value, states] },
  });
  const call = { inputs: [query, key, value, mask], shape: query.shape, attributes: { heads } };
  return operation(attentionOperation, call, () => {
    const size = hidden / heads;
    const split = (x: tf.Tensor, rows: number) =>
      tf.transpose(tf.reshape(x, [-1, rows, heads, size]), [0, 2, 1, 3]) as tf.Tensor4D; // [examples, heads, rows, size]
    // 0 for tokens, -10000 for padding: after the softmax exactly 0. [examples, 1, 1, length]
    const bias = tf.mul(tf.sub(tf.cast(tf.reshape(mask, [examples, 1, 1, length]), 'float32'), 1), 10000);
    // The scale 1/√size on the queries rather than on the much larger scores.
    const queries = split(tf.mul(query, 1 / Math.sqrt(size)), rows);
    const keys = split(key, length);
    const values = split(value, length);
    const scores = tf.add(tf.matMul(queries, keys, false, true), bias); // [examples, heads, rows, length]
    const probabilities = tf.softmax(scores);
    const mixed = tf.matMul(drop ? drop(probabilities) : probabilities, values);
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, hidden]);
  });
}
