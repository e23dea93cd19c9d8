import { gate, gateGradients, gateUpdate, Slab, streamKey } from '@diffprune/kernels';
import * as tf from '@tensorflow/tfjs';
import {
  deterministicGate,
  elementPrice,
  expectedL0,
  gateAt,
  gateDistribution,
  groupAlphaGradient,
  groupedDiff,
  groupedExpectedL0,
  HardConcreteError,
  noiseAt,
  sample,
  summedOpenings,
} from './index.ts';

const length = 50_001;
const key = streamKey(11, 3, 4);
const lambda = 0.02;
const groupAlpha = 0.4;
const groupU = 0.6;
const optionSets = [
  { l: -1.5, r: 1.5, temperature: 1 },
  { l: -0.1, r: 1.1, temperature: 2 / 3 },
];

beforeAll(() => tf.setBackend('cpu'));

/** Arrays of a call, in a slab: α of every size to ±50; among 50,001 uniforms, some are clamped at either end. */
async function makeArrays() {
  const slab = await Slab.create(10 * Slab.bytesFor(length));
  const make = (fill: (i: number) => number) => {
    const array = slab.allocate(length);
    array.forEach((_, i) => (array[i] = fill(i)));
    return array;
  };
  const alphas = [-50, 50, 5, 0, -5, -0.5, 11, -11];
  return {
    out: make(() => 0),
    base: make((i) => Math.sin(i)),
    w: make((i) => Math.sin(3 * i) / 10),
    alpha: make((i) => (i % 16 < 8 ? alphas[i % 8]! : Math.sin(7 * i) * 8)),
    gradient: make((i) => Math.sin(5 * i) / 10),
    alphaGradient: make(() => 0),
    mW: make(() => 0),
    vW: make(() => 0),
    mAlpha: make(() => 0),
    vAlpha: make(() => 0),
  };
}

const noise = Float32Array.from({ length }, (_, i) => noiseAt(key, i));

function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(actual[i]) || !Number.isFinite(expected[i])) {
      throw new Error(`element ${i}: ${actual[i]} and ${expected[i]}`);
    }
    largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!));
  }
  return largest;
}

it('the uniforms reach both clamps', () => {
  expect(noise.some((u) => u === Math.fround(1e-4))).toBe(true);
  expect(noise.some((u) => u === Math.fround(1 - 1e-4))).toBe(true);
});

describe.each(optionSets)('gate kernels with l $l, r $r, temperature $temperature', (options) => {
  const distribution = gateDistribution(options);
  const group = gateAt(groupAlpha, groupU, options);

  it('give the TensorFlow.js functions’ values', async () => {
    const { out, base, w, alpha } = await makeArrays();
    gate([
      [
        { out, base, w, alpha },
        { distribution, key },
      ],
    ]);
    const z = sample(tf.tensor1d(alpha), tf.tensor1d(noise), options);
    const applied = tf.add(tf.tensor1d(base), tf.mul(z, tf.tensor1d(w)));
    expect(largestError(out, applied.dataSync())).toBeLessThan(3e-7);

    gate([
      [
        { out, w, alpha },
        { distribution, key, groupGate: group.gate },
      ],
    ]);
    const diff = groupedDiff(
      tf.tensor1d(w),
      { alpha: tf.tensor1d(alpha), groupAlpha: tf.scalar(groupAlpha) },
      tf.tensor1d(noise),
      tf.scalar(groupU),
      options,
    );
    expect(largestError(out, diff.dataSync())).toBeLessThan(2e-7);

    gate([
      [
        { out, w, alpha },
        { distribution, key: undefined },
      ],
    ]);
    const fixed = tf.mul(deterministicGate(tf.tensor1d(alpha), options), tf.tensor1d(w));
    expect(largestError(out, fixed.dataSync())).toBeLessThan(2e-7);
  });

  it.each(['sum', 'product'] as const)(
    'give the gradients of TensorFlow.js, with a %s for a penalty',
    async (groupPenalty) => {
      const { gradient, alphaGradient, w, alpha, ...moments } = await makeArrays();
      const { mW, mAlpha } = moments;
      // the loss g·θ' + λ·(expected L0), with its gradients by TensorFlow.js
      const loss = (weights: tf.Tensor, logOdds: tf.Tensor, groupLogOdds: tf.Tensor) => {
        const both = { alpha: logOdds, groupAlpha: groupLogOdds };
        const diff = groupedDiff(weights, both, tf.tensor1d(noise), tf.scalar(groupU), options);
        const penalised = groupPenalty === 'sum' ? summedOpenings : groupedExpectedL0;
        const penalty = tf.mul(penalised([both], options), lambda);
        return tf.add(tf.sum(tf.mul(tf.tensor1d(gradient), diff)), penalty) as tf.Scalar;
      };
      const [dW, dAlpha, dGroup] = tf
        .grads((...x: tf.Tensor[]) => loss(x[0]!, x[1]!, x[2]!))([
          tf.tensor1d(w),
          tf.tensor1d(alpha),
          tf.scalar(groupAlpha),
        ])
        .map((tensor) => Float64Array.from(tensor.dataSync()));

      const penalty = elementPrice(lambda, group, groupPenalty);
      const draw = { distribution, key, groupGate: group.gate, penalty };
      const sums = gateGradients([[{ gradient, alphaGradient, w, alpha }, draw]])[0]!;
      expect(largestError(gradient, dW!)).toBeLessThan(1e-7);
      expect(largestError(alphaGradient, dAlpha!)).toBeLessThan(1e-7);
      const square = (x: Float64Array) => x.reduce((sum, value) => sum + value * value, 0);
      expect(Math.abs(sums.squaredNormW / square(dW!) - 1)).toBeLessThan(1e-5);
      expect(Math.abs(sums.squaredNormAlpha / square(dAlpha!) - 1)).toBeLessThan(1e-5);
      const expected = expectedL0(tf.tensor1d(alpha), options).dataSync()[0]!;
      expect(Math.abs(sums.expectedNonzeros / expected - 1)).toBeLessThan(1e-5);
      const found = groupAlphaGradient(sums, group, lambda, groupPenalty);
      expect(Math.abs(found / dGroup![0]! - 1)).toBeLessThan(1e-4);

      // with β1 = 0 the first moment is the gradient; with a rate of 0 nothing moves
      const still = {
        step: 1,
        learningRate: 0,
        beta1: 0,
        beta2: 0,
        epsilon: 1e-8,
        weightDecay: 0,
        scale: 1,
      };
      const before = [Float32Array.from(w), Float32Array.from(alpha)];
      gateUpdate([
        [
          { gradient, alphaGradient, w, alpha, ...moments },
          { w: still, alpha: still },
        ],
      ]);
      expect(largestError(mW, dW!)).toBeLessThan(1e-7);
      expect(largestError(mAlpha, dAlpha!)).toBeLessThan(1e-7);
      expect([w, alpha]).toEqual(before);
    },
  );
});

it('without a group every element has its full price', () => {
  expect(elementPrice(lambda, undefined, 'product')).toBe(lambda);
  expect(elementPrice(lambda, { probability: 0.25 }, 'product')).toBe(lambda / 4);
  expect(elementPrice(lambda, { probability: 0.25 })).toBe(lambda);
});

it('bad options and λ are refused', () => {
  expect(() => gateDistribution({ l: 0.5 })).toThrow(HardConcreteError);
  for (const bad of [-1, NaN, Infinity]) {
    expect(() => elementPrice(bad, undefined)).toThrow(`lambda is ${bad}, expected a number from 0`);
  }
});
