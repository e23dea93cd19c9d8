import { createEngine } from '@diffprune/engine';
import { random } from '@diffprune/testing/random';
import * as tf from '@tensorflow/tfjs';
import {
  constantDistillationLoss,
  crossEntropyLoss,
  distillationLoss,
  entropy,
  meanSquaredErrorLoss,
  variance,
} from './loss.ts';

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

describe('distillationLoss', () => {
  const next = random(5);
  const scores = () => Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => 6 * next() - 3));
  const [student, teacher, weights] = [scores(), scores(), [1, 0, 2]];
  const loss = (logits: number[][], temperature: number) =>
    value(distillationLoss(tf.tensor2d(logits), tf.tensor2d(teacher), tf.tensor1d(weights), temperature));

  it('is T² times the divergence from the softened teacher', () => {
    // softmax of [0, T·log 3] / T is [1/4, 3/4], of [0, 0] [1/2, 1/2]
    for (const temperature of [0.5, 1, 2, 10]) {
      const wanted = tf.tensor2d([[0, temperature * Math.log(3)]]);
      const found = distillationLoss(tf.tensor2d([[0, 0]]), wanted, tf.tensor1d([1]), temperature);
      const divergence = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5);
      expect(value(found)).toBeCloseTo(temperature ** 2 * divergence, 4);
    }
  });

  it('is 0 where the scores are the teacher’s but for a constant, and where no row counts', () => {
    const shifted = teacher.map((row) => row.map((score) => score + 2));
    expect(loss(shifted, 2)).toBeCloseTo(0, 5);
    const none = distillationLoss(tf.tensor2d(student), tf.tensor2d(teacher), tf.zeros([3]), 2);
    expect(value(none)).toBe(0);
  });

  it('has the gradient of its differences, which a row without weight has no part in', () => {
    for (const temperature of [0.7, 2, 5]) {
      const gradient = tf
        .grad((x) => {
          return distillationLoss(x as tf.Tensor2D, tf.tensor2d(teacher), tf.tensor1d(weights), temperature);
        })(tf.tensor2d(student))
        .arraySync() as number[][];
      expect(gradient[1]!.map(Math.abs)).toEqual([0, 0, 0, 0]);
      const step = 1e-2;
      student.forEach((row, r) =>
        row.forEach((_, c) => {
          const moved = (by: number) =>
            student.map((row, i) => row.map((x, k) => (i === r && k === c ? x + by : x)));
          const slope = (loss(moved(step), temperature) - loss(moved(-step), temperature)) / (2 * step);
          expect(gradient[r]![c]).toBeCloseTo(slope, 3);
        }),
      );
    }
  });

  it('stays finite for scores that are far apart', () => {
    const far = distillationLoss(tf.tensor2d([[1000, -1000]]), tf.tensor2d([[-1000, 1000]]), tf.ones([1]), 2);
    expect(value(far)).toBe(4000);
  });
});

it('constantDistillationLoss is the least of one prediction, whose probabilities are the mean', () => {
  const temperature = 2;
  const teacher = [
    [1, 2, -1],
    [0, 0.5, 3],
    [2, -2, 0],
  ];
  const p = tf.softmax(tf.div(tf.tensor2d(teacher), temperature)).arraySync() as number[][];
  const mean = [0, 1, 2].map((c) => p.reduce((sum, row) => sum + row[c]!, 0) / 3);
  const at = (constant: number[]) =>
    value(
      distillationLoss(
        tf.tensor2d([constant, constant, constant]),
        tf.tensor2d(teacher),
        tf.ones([3]),
        temperature,
      ),
    );
  const best = mean.map((p) => temperature * Math.log(p));
  const least = constantDistillationLoss(teacher, temperature);
  expect(at(best)).toBeCloseTo(least, 5);
  for (const c of [0, 1, 2]) expect(at(best.map((x, i) => (i === c ? x + 0.3 : x)))).toBeGreaterThan(least);
  // what a shorter row lacks has no probability
  expect(
    constantDistillationLoss(
      [
        [0, 0],
        [0, 0, -1e4],
      ],
      1,
    ),
  ).toBeCloseTo(0, 12);
  expect(constantDistillationLoss([teacher[0]!, teacher[0]!], 3)).toBeCloseTo(0, 12);
});
