import { createEngine } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { crossEntropyLoss, meanSquaredErrorLoss, spanLoss } from './loss.ts';

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

describe('spanLoss', () => {
  const loss = (start: number[], end: number[]) => {
    const even = tf.zeros([2, 4]) as tf.Tensor2D;
    const positions = { start: int(...start), end: int(...end) };
    return value(spanLoss({ start: even, end: even }, positions, tf.tensor1d([1, 1])));
  };

  it('is the mean of start and end', () => {
    expect(loss([0, 3], [1, 2])).toBeCloseTo(Math.log(4), 6);
  });

  it('does not count positions outside', () => {
    const sharp = tf.tensor2d([
      [0, 0],
      [50, 0],
    ]);
    const term = (position: number) =>
      value(
        spanLoss(
          { start: sharp, end: sharp },
          { start: int(0, position), end: int(0, position) },
          tf.tensor1d([1, 1]),
        ),
      );
    expect(term(1)).toBeCloseTo((Math.log(2) + 50) / 2, 4);
    for (const outside of [-1, 2, 99]) expect(term(outside)).toBeCloseTo(Math.log(2), 6);
    expect(loss([-1, 4], [-1, 4])).toBe(0);
  });
});
