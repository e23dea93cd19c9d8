import { createEngine } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { crossEntropyLoss, entropy, meanSquaredErrorLoss, variance } from './loss.ts';

beforeAll(() => createEngine('tfjs-cpu'));

const value = (loss: tf.Scalar) => loss.dataSync()[0]!;
const int = (...values: number[]) => tf.tensor1d(values, 'int32');

describe('crossEntropyLoss', () => {
  it('is the weighted mean of −log softmax', () => {
    // softmax of [log 1, log 3] is [1/4, 3/4].
    const logits = tf.tensor2d([
      [0, Math.log(3)],
      [0, Math.log(3)],
      [5, 5],
    ]);
    const loss = (...weights: number[]) =>
      value(crossEntropyLoss(logits, int(0, 1, 0), tf.tensor1d(weights)));
    expect(loss(1, 0, 0)).toBeCloseTo(Math.log(4), 6);
    expect(loss(1, 1, 0)).toBeCloseTo((Math.log(4) + Math.log(4 / 3)) / 2, 6);
    expect(loss(1, 0, 3)).toBeCloseTo((Math.log(4) + 3 * Math.log(2)) / 4, 6);
    expect(loss(0, 0, 0)).toBe(0);
  });

  it('stays finite for large logits, with gradient softmax − onehot', () => {
    const gradient = tf.grad((x) => crossEntropyLoss(x as tf.Tensor2D, int(1), tf.tensor1d([1])));
    expect(value(crossEntropyLoss(tf.tensor2d([[1000, -1000]]), int(1), tf.tensor1d([1])))).toBe(2000);
    expect([...gradient(tf.tensor2d([[1000, -1000]])).dataSync()]).toEqual([1, -1]);
  });
});

describe('meanSquaredErrorLoss', () => {
  it('is the weighted mean of squares', () => {
    const [a, b] = [tf.tensor1d([1, 2, 9]), tf.tensor1d([0, 4, 0])];
    expect(value(meanSquaredErrorLoss(a, b, tf.tensor1d([1, 1, 0])))).toBe(2.5);
  });
});

it('entropy and variance are the least losses of one prediction', () => {
  expect(entropy(Int32Array.of(0, 1, 0, 1))).toBeCloseTo(Math.LN2, 12);
  expect(entropy([2, 2, 2])).toBe(0);
  expect(entropy([1, 0, 1, 1])).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 12);
  expect(variance(Float32Array.of(1, 2, 3, 6))).toBe(3.5);
});
