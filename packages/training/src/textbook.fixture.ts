import { baseParameters, headParameters, initializeParameters, type Head } from '@diffprune/bert';
import { assembleBatch, chooseBuckets, planBatches } from '@diffprune/glue';
import { batchTensors } from '@diffprune/inference';
import * as tf from '@tensorflow/tfjs';
import { config as tinyConfig, rows } from './tiny-run.fixture.ts';

// What textbook implementations of methods share: a small model without dropout, its batches, and an optimiser.

export const config = {
  ...tinyConfig,
  ...{ hiddenDropoutProb: 0, attentionProbsDropoutProb: 0, classifierDropout: 0 },
};
export const head: Head = { kind: 'classification', labels: 2 };
const batchSize = 8;
const batchesPerEpoch = 4;

/** Parameters as a run has them in the beginning: the base's, then the head's. */
export function initialParameters(seed: number) {
  const baseSpecs = baseParameters(config);
  const headSpecs = headParameters(config, head);
  const base = initializeParameters(baseSpecs, config, 7);
  const heads = initializeParameters(headSpecs, config, seed);
  return { baseSpecs, headSpecs, values: new Map([...base, ...heads]) };
}

/** The batch of a step as matrices of integers, its labels, and its rows' weights. */
export function batchAt(step: number, seed: number) {
  const { features } = rows(30);
  const buckets = chooseBuckets(features, config.positions);
  const shuffle = { seed, epoch: Math.floor(step / batchesPerEpoch) };
  const plan = planBatches(features, { batchSize, buckets, shuffle })[step % batchesPerEpoch]!;
  const batch = assembleBatch(features, plan, batchSize);
  return {
    length: batch.length,
    matrices: batchTensors(batch),
    labels: batch.labels!['labels']!,
    exampleWeights: batch.exampleWeights,
  };
}

/** The same as inputs of the model's functions. */
export function inputsAt(step: number, seed: number): Record<string, tf.Tensor> {
  const { length, matrices, labels, exampleWeights } = batchAt(step, seed);
  const tensors = Object.entries(matrices).map(([name, data]) => {
    return [name, tf.tensor2d(data, [batchSize, length], 'int32')] as const;
  });
  return {
    ...Object.fromEntries(tensors),
    labels: tf.tensor1d(labels, 'int32'),
    example_weights: tf.tensor1d(exampleWeights),
  };
}

/** AdamW as in Loshchilov & Hutter 2019, algorithm 2, on one tensor. @param t the step, from 1 */
export function adamw(
  { p, m, v }: Readonly<Record<'p' | 'm' | 'v', tf.Tensor>>,
  g: tf.Tensor,
  { t, rate, decay, epsilon }: Readonly<Record<'t' | 'rate' | 'decay' | 'epsilon', number>>,
) {
  const mean = tf.add(tf.mul(m, 0.9), tf.mul(g, 0.1));
  const square = tf.add(tf.mul(v, 0.999), tf.mul(tf.square(g), 0.001));
  const corrected = tf.div(
    tf.div(mean, 1 - 0.9 ** t),
    tf.add(tf.sqrt(tf.div(square, 1 - 0.999 ** t)), epsilon),
  );
  return { p: tf.sub(tf.sub(p, tf.mul(p, rate * decay)), tf.mul(corrected, rate)), m: mean, v: square };
}

/** The factor that cuts the norm of all gradients together down to a bound. */
export function clipping(gradients: readonly tf.Tensor[], bound: number): number {
  const squares = gradients.map((g) => tf.sum(tf.square(g)).dataSync()[0]!);
  return Math.min(1, bound / Math.sqrt(squares.reduce((sum, square) => sum + square, 0)));
}
