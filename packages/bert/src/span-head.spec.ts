import { createEngine } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { span } from './span-head.ts';

beforeAll(() => createEngine('tfjs-cpu'));

const int = (...values: number[]) => tf.tensor1d(values, 'int32');
const loss = (logits: tf.Tensor2D, start: number[], end: number[]): number =>
  span
    .loss(
      { start_logits: logits, end_logits: logits },
      { start_positions: int(...start), end_positions: int(...end), example_weights: tf.ones([2]) },
    )
    .dataSync()[0]!;

describe("a span's loss", () => {
  const even: tf.Tensor2D = tf.zeros([2, 4]);

  it('is the mean of start and end', () => {
    expect(loss(even, [0, 3], [1, 2])).toBeCloseTo(Math.log(4), 6);
  });

  it('does not count positions outside', () => {
    const sharp = tf.tensor2d([
      [0, 0],
      [50, 0],
    ]);
    const term = (position: number) => loss(sharp, [0, position], [0, position]);
    expect(term(1)).toBeCloseTo((Math.log(2) + 50) / 2, 4);
    for (const outside of [-1, 2, 99]) expect(term(outside)).toBeCloseTo(Math.log(2), 6);
    expect(loss(even, [-1, 4], [-1, 4])).toBe(0);
  });
});
