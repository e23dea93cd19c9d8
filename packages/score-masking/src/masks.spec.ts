import { mask, maskGradients, maskUpdate, Slab, streamKey, uniformAt, type Cut } from '@diffprune/kernels';
import { createEngine, valueAndGradients } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import {
  bernoulliMask,
  fillInitialLogits,
  initialLogits,
  maskedWeight,
  remainingCount,
  ScoreMaskingError,
  scorePenalty,
  thresholdCut,
  thresholdMask,
  topCuts,
  topMasks,
} from './index.ts';

beforeAll(() => tf.setBackend('cpu'));

const shapes = [
  [7, 11],
  [64, 30],
  [1, 3],
  [40, 8],
];

/** Weights, scores and gradients of four matrices, flat in a slab; some scores are equal, some are ±0. */
async function makeArrays() {
  const sizes = shapes.map(([rows, columns]) => rows! * columns!);
  const slab = await Slab.create(sizes.reduce((sum, size) => sum + 8 * Slab.bytesFor(size), 0));
  return sizes.map((size, which) => {
    const make = (fill: (i: number) => number) => {
      const array = slab.allocate(size);
      array.forEach((_, i) => (array[i] = fill(i + 1000 * which)));
      return array;
    };
    const signed = (x: number, i: number) => (i % 2 ? -x : x);
    return {
      out: make(() => 0),
      weight: make((i) => (i % 5 === 0 ? signed(0.05, i) : Math.sin(3 * i) / 10)),
      score: make((i) => (i % 3 === 0 ? signed(0, i) : i % 7 === 0 ? 0.5 : Math.sin(4 * i) * 2)),
      gradient: make((i) => Math.sin(5 * i) / 10),
      mWeight: make(() => 0),
      vWeight: make(() => 0),
      mScore: make(() => 0),
      vScore: make(() => 0),
    };
  });
}

type Arrays = Awaited<ReturnType<typeof makeArrays>>;
const tensors = (arrays: Arrays, name: keyof Arrays[number]) =>
  arrays.map((array, i) => tf.tensor(Float32Array.from(array[name]), shapes[i]));

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, error: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i]! - expected[i]!) <= error)) {
      throw new Error(`element ${i}: ${actual[i]}, expected ${expected[i]}`);
    }
  }
}

const masksOf = {
  'top v, local': {
    tensors: (scores: tf.Tensor[]) => topMasks(scores, 0.15),
    cuts: (scores: Float32Array[]) => topCuts(scores, 0.15),
  },
  'top v, global': {
    tensors: (scores: tf.Tensor[]) => topMasks(scores, 0.6, { scope: 'global' }),
    cuts: (scores: Float32Array[]) => topCuts(scores, 0.6, { scope: 'global' }),
  },
  'a threshold': {
    tensors: (scores: tf.Tensor[]) => scores.map((score) => thresholdMask(score, 0.5)),
    cuts: (scores: Float32Array[]) => scores.map(() => thresholdCut(0.5)),
  },
};

describe.each(Object.entries(masksOf))('%s of scores', (_, how) => {
  it.each(['masked', 'straight-through'] as const)(
    'has the same values and gradients as functions and as kernels, %s',
    async (weightGradient) => {
      const lambda = 0.02;
      const arrays = await makeArrays();
      const cuts = how.cuts(arrays.map(({ score }) => score));
      mask(arrays.map((array, i) => [array, cuts[i]!]));
      const applied = (weights: tf.Tensor[], scores: tf.Tensor[]) =>
        how.tensors(scores).map((each, i) => maskedWeight(weights[i]!, each, weightGradient));
      const [weights, scores] = [tensors(arrays, 'weight'), tensors(arrays, 'score')];
      applied(weights, scores).forEach((each, i) => expectNear(arrays[i]!.out, each.dataSync(), 0));

      // the loss Σ g·θ' + λ Σ σ(S): its gradients by TensorFlow.js
      const gradients = tensors(arrays, 'gradient');
      const loss = (...both: tf.Tensor[]) => {
        const [w, s] = [both.slice(0, shapes.length), both.slice(shapes.length)];
        const products = applied(w, s).map((each, i) => tf.sum(tf.mul(gradients[i]!, each)));
        return tf.add(tf.addN(products), scorePenalty(s, lambda)) as tf.Scalar;
      };
      const all = tf
        .grads(loss)([...weights, ...scores])
        .map((each) => each.dataSync());
      const [dWeights, dScores] = [all.slice(0, shapes.length), all.slice(shapes.length)];
      const maskings = cuts.map((cut) => ({ cut, weightGradient, penalty: lambda }));
      const sums = maskGradients(arrays.map((array, i) => [array, maskings[i]!]));
      const square = (x: ArrayLike<number>) => Array.from(x).reduce((sum, value) => sum + value * value, 0);
      sums.forEach((each, i) => {
        expectNear([each.squaredNormWeight], [square(dWeights[i]!)], 1e-5 * square(dWeights[i]!));
        expectNear([each.squaredNormScore], [square(dScores[i]!)], 1e-5 * square(dScores[i]!));
        const open = tf.sum(tf.sigmoid(scores[i]!)).dataSync()[0]!;
        expect(Math.abs(each.expectedOpen / open - 1)).toBeLessThan(1e-5);
        expect(each.kept).toBe(how.tensors(scores)[i]!.sum().dataSync()[0]);
      });
      // with β1 = 0 the first moment is the gradient; with a rate of 0 nothing moves
      const common = { beta1: 0, beta2: 0, epsilon: 1e-8, weightDecay: 0 };
      const still = { ...common, step: 1, learningRate: 0, scale: 1 };
      maskUpdate(arrays.map((array, i) => [array, { ...maskings[i]!, weight: still, score: still }]));
      arrays.forEach(({ mWeight, mScore }, i) => {
        expectNear(mWeight, dWeights[i]!, 1e-8);
        expectNear(mScore, dScores[i]!, 1e-8);
      });
    },
  );
});

it.each(['local', 'global'] as const)(
  'magnitudes are selected alike, %s, and their mask is constant',
  async (scope) => {
    const arrays = await makeArrays();
    const options = { scope, by: 'magnitude' } as const;
    const cuts = topCuts(
      arrays.map(({ weight }) => weight),
      0.3,
      options,
    );
    mask(arrays.map(({ out, weight }, i) => [{ out, weight }, cuts[i]!]));
    const weights = tensors(arrays, 'weight');
    const gradients = tensors(arrays, 'gradient');
    const masks = topMasks(weights, 0.3, options);
    masks.forEach((each, i) => expectNear(arrays[i]!.out, tf.mul(each, weights[i]!).dataSync(), 0));
    const loss = (...w: tf.Tensor[]) => {
      const applied = topMasks(w, 0.3, options).map((each, i) => maskedWeight(w[i]!, each));
      return tf.addN(applied.map((each, i) => tf.sum(tf.mul(gradients[i]!, each)))) as tf.Scalar;
    };
    tf.grads(loss)(weights).forEach((d, i) => {
      expectNear(d.dataSync(), tf.mul(masks[i]!, gradients[i]!).dataSync(), 0);
    });
  },
);

it('exactly as many remain as were asked for, whatever the scores, as functions and as kernels', async () => {
  const score = fc.oneof(fc.constantFrom(0, -0, 1, -1), fc.float({ min: -3, max: 3, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(score, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('local' as const, 'global' as const),
      fc.constantFrom('value' as const, 'magnitude' as const),
      async (values, remaining, scope, by) => {
        const slab = await Slab.create(values.reduce((sum, { length }) => sum + Slab.bytesFor(length), 0));
        const arrays = values.map((each) => {
          const array = slab.allocate(each.length);
          array.set(each);
          return array;
        });
        const kept = ({ threshold, tieEnd }: Cut, array: Float32Array) => {
          return Array.from(array, (x, i) => {
            const s = by === 'magnitude' ? Math.abs(x) : x;
            return s > threshold || (s === threshold && i < tieEnd) ? 1 : 0;
          });
        };
        const cuts = topCuts(arrays, remaining, { scope, by });
        const flat = arrays.map((array, i) => kept(cuts[i]!, array));
        const masks = topMasks(
          values.map((each) => tf.tensor1d(Float32Array.from(each))),
          remaining,
          { scope, by },
        );
        expect(masks.map((each) => [...each.dataSync()])).toEqual(flat);
        const counts = flat.map((each) => each.filter(Boolean).length);
        const wanted = values.map(({ length }) => remainingCount(length, remaining));
        const size = values.flat().length;
        if (scope === 'local') expect(counts).toEqual(wanted);
        else expect(counts.reduce((a, b) => a + b)).toBe(remainingCount(size, remaining));
      },
    ),
    { numRuns: 60 },
  );
});

describe('a Bernoulli supermask', () => {
  const logits = [-60, -5, -1, 0, 0.3, 2, 5, 60];

  it('keeps with the probability σ(ν)', () => {
    const draws = 20_000;
    const key = streamKey(1, 2, 3);
    const u = Float32Array.from({ length: draws * logits.length }, (_, i) => uniformAt(key, i));
    const nu = tf.tile(tf.tensor2d([logits]), [draws, 1]);
    const rates = tf.mean(bernoulliMask(nu, tf.tensor2d(u, [draws, logits.length])), 0).dataSync();
    logits.forEach((x, i) => {
      const p = 1 / (1 + Math.exp(-x));
      expect(Math.abs(rates[i]! - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / draws));
    });
  });

  it('has the gradient of its probability, by finite differences', () => {
    const u = tf.fill([logits.length], 0.4);
    const c = tf.linspace(-1, 2, logits.length);
    const gradient = tf
      .grad((x) => tf.sum(tf.mul(c, bernoulliMask(x, u))))(tf.tensor1d(logits))
      .dataSync();
    const h = 1e-4;
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const factors = c.dataSync();
    const expected = logits.map((x, i) => (factors[i]! * (sigmoid(x + h) - sigmoid(x - h))) / (2 * h));
    expectNear(gradient, expected, 1e-6);
  });
});

it('the penalty has the gradient of finite differences', () => {
  const scores = [-3, -0.5, 0, 1, 4];
  const value = (x: number[]) => x.reduce((sum, s) => sum + 0.7 / (1 + Math.exp(-s)), 0);
  expect(scorePenalty([tf.tensor1d(scores)], 0.7).dataSync()[0]).toBeCloseTo(value(scores), 5);
  const gradient = tf
    .grad((x) => scorePenalty([x], 0.7))(tf.tensor1d(scores))
    .dataSync();
  const h = 1e-5;
  const expected = scores.map((_, i) => {
    const shifted = (by: number) => value(scores.map((s, j) => (i === j ? s + by : s)));
    return (shifted(h) - shifted(-h)) / (2 * h);
  });
  expectNear(gradient, expected, 1e-6);
  expect(scorePenalty([], 1).dataSync()[0]).toBe(0);
});

it.each(['local', 'global'] as const)(
  'a supermask starts with the given fraction at -5, the rest at 5, %s',
  async (scope) => {
    const arrays = await makeArrays();
    for (const sparsity of [0, 0.4, 1]) {
      const logits = arrays.map(({ weight }) => new Float32Array(weight.length));
      fillInitialLogits(
        logits,
        arrays.map(({ weight }) => weight),
        { sparsity, scope },
      );
      const functions = initialLogits(tensors(arrays, 'weight'), { sparsity, scope });
      functions.forEach((each, i) => expectNear(logits[i]!, each.dataSync(), 0));
      const dense = logits.map((each) => each.filter((x) => x === 5).length);
      const size = logits.reduce((sum, { length }) => sum + length, 0);
      if (scope === 'local')
        expect(dense).toEqual(logits.map(({ length }) => remainingCount(length, 1 - sparsity)));
      else expect(dense.reduce((a, b) => a + b)).toBe(remainingCount(size, 1 - sparsity));
      const largestMasked = Math.max(
        ...arrays.map(({ weight }, i) =>
          Math.max(0, ...weight.filter((_, j) => logits[i]![j] === -5).map(Math.abs)),
        ),
      );
      const smallestKept = Math.min(
        ...arrays.map(({ weight }, i) =>
          Math.min(1, ...weight.filter((_, j) => logits[i]![j] === 5).map(Math.abs)),
        ),
      );
      if (scope === 'global') expect(largestMasked).toBeLessThanOrEqual(smallestKept);
    }
  },
);

it('all but Top v have the same values and gradients compiled', async () => {
  const engine = await createEngine('cpu');
  const vector = { shape: [9], dtype: 'float32' } as const;
  const given = {
    weight: Float32Array.from({ length: 9 }, (_, i) => Math.sin(3 * i)),
    score: Float32Array.from({ length: 9 }, (_, i) => Math.sin(4 * i) * 2),
    u: Float32Array.from({ length: 9 }, (_, i) => Math.sin(i) ** 2),
  };
  const loss = (weight: tf.Tensor, score: tf.Tensor, u: tf.Tensor) => {
    const soft = maskedWeight(weight, thresholdMask(score, 0.3), 'straight-through');
    const supermask = maskedWeight(weight, bernoulliMask(score, u));
    return tf.add(tf.sum(tf.add(soft, tf.square(supermask))), scorePenalty([score], 0.1)) as tf.Scalar;
  };
  const program = await engine.compile(
    valueAndGradients(({ weight, score, u }) => ({ loss: loss(weight!, score!, u!) }), ['weight', 'score']),
    { weight: vector, score: vector, u: vector },
  );
  const compiled = await program.run(given);
  const u = tf.tensor1d(given.u);
  const eager = tf.valueAndGrads((weight, score) => loss(weight!, score!, u))([
    tf.tensor1d(given.weight),
    tf.tensor1d(given.score),
  ]);
  expectNear(compiled['loss']!, eager.value.dataSync(), 1e-5);
  expectNear(compiled['gradient/weight']!, eager.grads[0]!.dataSync(), 1e-6);
  expectNear(compiled['gradient/score']!, eager.grads[1]!.dataSync(), 1e-6);
});

it('refuses fractions out of range', async () => {
  const [array] = await makeArrays();
  for (const bad of [-0.1, 1.1, NaN]) {
    expect(() => topCuts([array!.score], bad)).toThrow(`remaining is ${bad}, expected a number from 0 to 1`);
    expect(() => topMasks([tf.tensor1d([1])], bad)).toThrow(ScoreMaskingError);
    expect(() => initialLogits([tf.tensor1d([1])], { sparsity: bad })).toThrow(`sparsity is ${bad}`);
  }
});
