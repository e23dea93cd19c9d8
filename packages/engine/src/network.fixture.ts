import * as tf from '@diffprune/tfjs-core';
import type { TensorFunction } from './program.ts';
import { floats, integers, type Sample } from './samples.fixture.ts';

/** A layer of every kind that a BERT has, and a loss. */
export const network: TensorFunction = ({ table, ids, w, b, gain, labels, mask }) => {
  const embedded = tf.gather(table!, ids as tf.Tensor1D);
  const centred = tf.sub(embedded, tf.mean(embedded, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6));
  const normal = tf.mul(tf.mul(centred, scale), gain!);
  const linear = tf.mul(tf.add(tf.matMul(normal, w!, false, true), b!), mask!);
  const gelu = tf.mul(tf.mul(linear, 0.5), tf.add(tf.erf(tf.mul(linear, Math.SQRT1_2)), 1));
  const heads = tf.transpose(tf.reshape(gelu, [2, 3, 2, 2]), [0, 2, 1, 3]);
  const attention = tf.softmax(tf.matMul(heads, heads, false, true));
  const mixed = tf.reshape(tf.transpose(tf.matMul(attention, heads), [0, 2, 1, 3]), [6, 4]);
  const logits = tf.slice(tf.concat([mixed, tf.tanh(normal)], 1), [0, 1], [6, 5]);
  const picked = tf.mul(tf.oneHot(labels as tf.Tensor1D, 5), tf.logSoftmax(logits));
  return { loss: tf.neg(tf.mean(tf.sum(picked, -1))), logits };
};

/** Its inputs. */
export const samples: Record<string, Sample> = {
  table: floats([7, 4]),
  ids: integers([6], 0, 7),
  w: floats([4, 4], -1, 1),
  b: floats([4], -1, 1),
  gain: floats([4], 0.5, 1.5),
  labels: integers([6], 0, 5),
  mask: floats([6, 4], 0, 2),
};

/** The inputs that have gradients. */
export const names = ['table', 'w', 'b', 'gain'];

export const data = Object.fromEntries(Object.entries(samples).map(([name, sample]) => [name, sample.data]));
