import * as fc from 'fast-check';
import { createEngine, valueAndGradients } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import {
  deterministicGate,
  expectedL0,
  gateAt,
  groupedDiff,
  groupedExpectedL0,
  HardConcreteError,
  type HardConcreteOptions,
  probabilityNonzero,
  sample,
  summedOpenings,
} from './index.ts';

const optionSets: HardConcreteOptions[] = [
  { l: -1.5, r: 1.5, temperature: 1 },
  { l: -0.1, r: 1.1, temperature: 2 / 3 },
  { l: -0.3, r: 2, temperature: 2 },
];
const extremes = { alpha: [] as number[], u: [] as number[] };
for (const alpha of [-50, -20, -9, -5, -1, -0.1, 0, 0.3, 1.7, 5, 9, 20, 50]) {
  for (const u of [2 ** -24, 1e-4, 0.02, 0.3, 0.5, 0.7, 0.98, 1 - 1e-4, 1 - 2 ** -24]) {
    extremes.alpha.push(alpha);
    extremes.u.push(u);
  }
}

beforeAll(() => tf.setBackend('cpu'));

/** Values and the gradient of Σ by the first argument, eagerly. */
function valuesAndGradient(f: (alpha: tf.Tensor) => tf.Tensor, alpha: number[]) {
  const { value, grad } = tf.valueAndGrad((x) => tf.sum(f(x)))(tf.tensor1d(alpha));
  value.dispose();
  return { values: f(tf.tensor1d(alpha)).dataSync(), gradient: grad.dataSync() };
}

describe('gates as numbers', () => {
  it('have the values of the papers’ formulas at known points', () => {
    // diff pruning starts at α = 5 and -l = r, so that P = σ(α)
    expect(gateAt(5, 0.5).probability).toBeCloseTo(0.9933071490757153, 12);
    expect(gateAt(5, 0.5).gate).toBe(1);
    // u = ½ leaves s = σ(α), and α = log 2 makes it 2/3: stretched, 1/2
    expect(gateAt(0, 0.5)).toMatchObject({ gate: 0, probability: 0.5 });
    expect(gateAt(Math.log(2), 0.5).gate).toBeCloseTo(0.5, 12);
    expect(gateAt(Math.log(2), undefined).gate).toBeCloseTo(0.5, 12);
    // Louizos et al.'s stretch: P(z > 0) = σ(α - β log 1/11)
    const louizos = { l: -0.1, r: 1.1, temperature: 2 / 3 };
    expect(gateAt(0, 0.5, louizos).probability).toBeCloseTo(1 / (1 + 11 ** (-2 / 3)), 12);
  });

  it('open exactly when u passes the quantile that their probability names', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.double({ min: 1e-4, max: 1 - 1e-4, noNaN: true }),
        fc.constantFrom(...optionSets),
        (alpha, u, options) => {
          const { gate, probability } = gateAt(alpha, u, options);
          // s grows with u, so that z > 0 for u above 1 - P
          fc.pre(Math.abs(u - (1 - probability)) > 1e-9);
          expect(gate > 0).toBe(u > 1 - probability);
        },
      ),
    );
  });

  it('have the derivatives of finite differences', () => {
    const step = 1e-5;
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.option(fc.double({ min: 1e-4, max: 1 - 1e-4, noNaN: true }), { nil: undefined }),
        fc.constantFrom(...optionSets),
        (alpha, u, options) => {
          const [down, at, up] = [-step, 0, step].map((d) => gateAt(alpha + d, u, options));
          const probability = (up!.probability - down!.probability) / (2 * step);
          expect(Math.abs(probability - at!.probabilityDerivative)).toBeLessThan(1e-8);
          fc.pre((up!.derivative === 0) === (down!.derivative === 0)); // the clamp's corner has two slopes
          expect(Math.abs((up!.gate - down!.gate) / (2 * step) - at!.derivative)).toBeLessThan(1e-8);
        },
      ),
    );
  });
});

describe.each(optionSets)('differentiable gates with l $l, r $r, temperature $temperature', (options) => {
  it('agree with the numbers in values and gradients, extremes included', () => {
    const { alpha, u } = extremes;
    const single = Float32Array.from(u);
    const expected = alpha.map((a, i) => gateAt(a, single[i], options));
    const sampled = valuesAndGradient((x) => sample(x, tf.tensor1d(single), options), alpha);
    const fixed = valuesAndGradient((x) => deterministicGate(x, options), alpha);
    const open = valuesAndGradient((x) => probabilityNonzero(x, options), alpha);
    alpha.forEach((a, i) => {
      const { gate, derivative, probability, probabilityDerivative } = expected[i]!;
      const still = gateAt(a, undefined, options);
      expect(Math.abs(sampled.values[i]! - gate)).toBeLessThan(2e-6);
      expect(Math.abs(sampled.gradient[i]! - derivative)).toBeLessThan(2e-6);
      expect(Math.abs(fixed.values[i]! - still.gate)).toBeLessThan(1e-6);
      expect(Math.abs(fixed.gradient[i]! - still.derivative)).toBeLessThan(1e-6);
      expect(Math.abs(open.values[i]! - probability)).toBeLessThan(2e-7);
      const error = Math.abs(open.gradient[i]! - probabilityDerivative);
      expect(error).toBeLessThanOrEqual(1e-5 * probabilityDerivative);
    });
  });

  it('are closed at u = 0 and open at u = 1, with finite gradients', () => {
    const alpha = [-50, -1, 0, 1, 50];
    for (const u of [0, 1]) {
      const { values, gradient } = valuesAndGradient(
        (x) => sample(x, tf.tensor1d(alpha.map(() => u)), options),
        alpha,
      );
      expect([...values]).toEqual(alpha.map(() => u));
      expect([...gradient].map(Math.abs)).toEqual(alpha.map(() => 0));
    }
  });
});

describe('the expected L0', () => {
  const alphas = [
    [0.5, -1, 3, 5],
    [2, -4],
  ];
  const groupAlphas = [1.5, -0.5];

  it('is the sum of the probabilities', () => {
    const sum = alphas[0]!.reduce((total, alpha) => total + gateAt(alpha, undefined).probability, 0);
    expect(expectedL0(tf.tensor2d(alphas[0]!, [2, 2])).dataSync()[0]).toBeCloseTo(sum, 5);
  });

  it('is that of independent gates under groups, which sampling confirms', () => {
    const options = optionSets[1]!;
    const groups = alphas.map((alpha, g) => ({
      alpha: tf.tensor1d(alpha),
      groupAlpha: tf.scalar(groupAlphas[g]!),
    }));
    const expected = groupedExpectedL0(groups, options).dataSync()[0]!;
    const draws = 4000;
    let nonzeros = 0;
    tf.tidy(() => {
      groups.forEach(({ alpha, groupAlpha }, g) => {
        const shape = [draws, alpha.size];
        const u = tf.randomUniform(shape, 0, 1, 'float32', g + 1);
        const groupU = tf.randomUniform([draws, 1], 0, 1, 'float32', g + 10);
        const wide = { alpha: alpha.broadcastTo(shape), groupAlpha: groupAlpha.broadcastTo([draws, 1]) };
        const diff = groupedDiff(tf.fill(shape, -3), wide, u, groupU, options);
        nonzeros += tf.sum(tf.cast(tf.notEqual(diff, 0), 'float32')).dataSync()[0]!;
      });
    });
    // at most 6 entries a draw: four standard deviations of their mean are below 0.2
    expect(Math.abs(nonzeros / draws - expected)).toBeLessThan(0.2);
  });
});

it('the openings of groups are the sum of all probabilities', () => {
  const [a, b] = [[-3, 0.5, 7], [2]];
  const groups = [
    { alpha: tf.tensor1d(a!), groupAlpha: tf.scalar(1) },
    { alpha: tf.tensor1d(b!), groupAlpha: tf.scalar(-4) },
  ];
  const options = { l: -0.1, r: 1.1, temperature: 2 / 3 };
  const open = (alpha: number) => 1 / (1 + Math.exp((2 / 3) * Math.log(0.1 / 1.1) - alpha));
  const expected = [...a!, ...b!, 1, -4].reduce((sum, alpha) => sum + open(alpha), 0);
  expect(summedOpenings(groups, options).dataSync()[0]).toBeCloseTo(expected, 5);
});

it('a compiled program has the eager values and gradients', async () => {
  const { alpha, u } = extremes;
  const n = alpha.length;
  const fn = valueAndGradients(
    (inputs) => {
      const group = { alpha: inputs['alpha']!, groupAlpha: inputs['groupAlpha']! };
      const diff = groupedDiff(inputs['w']!, group, inputs['u']!, inputs['groupU']!);
      const penalty = tf.mul(groupedExpectedL0([group]), 0.01);
      return { loss: tf.add(tf.sum(tf.square(diff)), penalty), fixed: deterministicGate(group.alpha) };
    },
    ['alpha', 'groupAlpha', 'w'],
  );
  const vector = { shape: [n], dtype: 'float32' } as const;
  const scalar = { shape: [], dtype: 'float32' } as const;
  const specs = { alpha: vector, u: vector, w: vector, groupAlpha: scalar, groupU: scalar };
  const inputs = {
    alpha: Float32Array.from(alpha),
    u: Float32Array.from(u),
    w: Float32Array.from(alpha, (_, i) => Math.sin(i)),
    groupAlpha: Float32Array.of(0.4),
    groupU: Float32Array.of(0.55),
  };
  const results = [];
  for (const name of ['cpu', 'tfjs-cpu']) {
    const program = await (await createEngine(name)).compile(fn, specs);
    results.push(await program.run(inputs));
    await program.dispose();
  }
  const [compiled, eager] = results;
  expect(Object.keys(compiled!).sort()).toEqual(Object.keys(eager!).sort());
  for (const [name, values] of Object.entries(eager!)) {
    values.forEach((value, i) => {
      expect(Math.abs(compiled![name]![i]! - value)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(value)));
    });
  }
});

it('options out of range are refused by name', () => {
  const alpha = tf.scalar(0);
  for (const bad of [
    { l: 0 },
    { l: NaN },
    { r: 1 },
    { r: Infinity },
    { temperature: 0 },
    { temperature: -1 },
  ]) {
    const message = new RegExp(`^${Object.keys(bad)[0]} is .*, expected a number`);
    expect(() => sample(alpha, alpha, bad)).toThrow(HardConcreteError);
    expect(() => deterministicGate(alpha, bad)).toThrow(message);
    expect(() => probabilityNonzero(alpha, bad)).toThrow(message);
    expect(() => gateAt(0, 0.5, bad)).toThrow(message);
  }
});
