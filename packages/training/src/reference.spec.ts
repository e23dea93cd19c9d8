import { jest } from '@jest/globals';
import { trainFunction } from '@diffprune/bert';
import {
  expectedL0,
  groupedDiff,
  groupedExpectedL0,
  noiseAt,
  sample,
  summedOpenings,
  type GroupPenalty,
} from '@diffprune/hard-concrete';
import { streamKey, streamOf } from '@diffprune/kernels';
import * as tf from '@tensorflow/tfjs';
import { byRow } from './learners/by-row.fixture.ts';
import { optionsOf } from './method-options.ts';
import type { MethodName } from './methods/registry.ts';
import { linearSchedule } from './schedule.ts';
import { adamw, clipping, config, head, initialParameters, inputsAt } from './textbook.fixture.ts';
import { tinyRun } from './tiny-run.fixture.ts';
import { train } from './train.ts';

// A textbook implementation of the paper, op by op on TensorFlow.js's CPU backend with its own autodiff, against which
// the fused kernels and the compiled program must agree step for step.

const common = {
  groupPenalty: 'sum' as GroupPenalty,
  batchSize: 8,
  weightDecay: 0.05,
  maxGradientNorm: 0.5,
  l0Penalty: 2e-3,
  seed: 11,
};
/** A few steps with rates so high that nothing stays hidden. */
const few = {
  ...common,
  ...{ epochs: 2, maxSteps: 7, learningRate: 1e-2, alphaLearningRate: 0.1, warmup: 0.3 },
};
/** As many as a small task is trained with. */
const many = {
  ...common,
  ...{ epochs: 50, maxSteps: 200, learningRate: 1e-3, alphaLearningRate: 0.02, warmup: 0.1 },
};
type Options = typeof few;

afterAll(() => jest.restoreAllMocks());

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
});

interface Learnt {
  p: tf.Tensor;
  m: tf.Tensor;
  v: tf.Tensor;
  readonly gate: boolean;
  readonly decay: number;
}

/** The losses of the textbook's steps, and what it has learnt in the end. */
async function textbook(
  method: MethodName,
  options: Options,
): Promise<{ losses: number[]; learnt: Map<string, Learnt> }> {
  const { baseSpecs, headSpecs, values } = initialParameters(options.seed);
  const learnt = new Map<string, Learnt>();
  const learn = (name: string, p: tf.Tensor, gate: boolean, decays: boolean): void => {
    const zero = tf.zerosLike(p);
    learnt.set(name, { p, m: zero, v: zero, gate, decay: decays ? options.weightDecay : 0 });
  };
  const theta = new Map(baseSpecs.map(({ name, shape }) => [name, tf.tensor(values.get(name)!, [...shape])]));
  for (const { name, shape, decay } of baseSpecs) {
    if (method === 'full') learn(name, theta.get(name)!, false, decay);
    else {
      learn(`${name}/w`, tf.zeros([...shape]), false, decay);
      learn(`${name}/alpha`, tf.fill([...shape], 5), true, false);
      if (method === 'structured-diff-pruning') learn(`${name}/group`, tf.scalar(5), true, false);
    }
  }
  for (const { name, shape, decay } of headSpecs)
    learn(name, tf.tensor(values.get(name)!, [...shape]), false, decay);

  const losses: number[] = [];
  for (let step = 0; step < options.maxSteps; step++) {
    const inputs = inputsAt(step, options.seed);
    const names = [...learnt.keys()];
    let taskLoss = 0;
    const objective = (...tensors: tf.Tensor[]): tf.Scalar => {
      const of = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      let penalty = tf.scalar(0);
      const weights = baseSpecs.map(({ name, shape }, index) => {
        if (method === 'full') return [name, of[name]!] as const;
        const alpha = of[`${name}/alpha`]!;
        const key = streamKey(options.seed, step, streamOf('elementGates', index));
        const u = tf.tensor(
          Array.from({ length: alpha.size }, (_, i) => noiseAt(key, i)),
          [...shape],
        );
        const w = of[`${name}/w`]!;
        if (method === 'diff-pruning') {
          penalty = tf.add(penalty, expectedL0(alpha));
          return [name, tf.add(theta.get(name)!, tf.mul(sample(alpha, u), w))] as const;
        }
        const group = { alpha, groupAlpha: of[`${name}/group`]! };
        const groupU = tf.scalar(noiseAt(streamKey(options.seed, step, streamOf('groupGates')), index));
        const penalised = options.groupPenalty === 'sum' ? summedOpenings : groupedExpectedL0;
        penalty = tf.add(penalty, penalised([group]));
        return [name, tf.add(theta.get(name)!, groupedDiff(w, group, u, groupU))] as const;
      });
      const { loss } = trainFunction(config, head)({ ...of, ...inputs, ...Object.fromEntries(weights) });
      taskLoss = loss!.dataSync()[0]!;
      return tf.add(loss!, tf.mul(penalty, options.l0Penalty));
    };
    const { grads } = tf.valueAndGrads(objective)([...learnt.values()].map(({ p }) => p));
    losses.push(taskLoss);
    const factor = (gate: boolean): number => {
      return clipping(
        grads.filter((_, i) => learnt.get(names[i]!)!.gate === gate),
        options.maxGradientNorm,
      );
    };
    const factors = { gate: factor(true), weight: factor(false) };
    const rate = linearSchedule(step, options.maxSteps, options.warmup);
    names.forEach((name, i) => {
      const { p, m, v, gate, decay } = learnt.get(name)!;
      const peak = gate ? options.alphaLearningRate : options.learningRate;
      const gradient = tf.mul(grads[i]!, gate ? factors.gate : factors.weight);
      const epsilon = gate ? 1e-12 : 1e-8;
      const next = adamw({ p, m, v }, gradient, { t: step + 1, rate: peak * rate, decay, epsilon });
      learnt.set(name, { ...next, gate, decay });
    });
  }
  return { losses, learnt };
}

/** The losses of the first stage's steps, and its state after the last one. */
async function trained(method: MethodName, options: Options) {
  const losses: number[] = [];
  let state = new Map<string, Float32Array>();
  const had = Object.entries(options).filter(([name]) => Object.hasOwn(optionsOf(method), name));
  const run = await tinyRun(method, Object.fromEntries(had), config);
  for await (const event of train({ ...run, dev: {} })) {
    if (event.kind !== 'step' || event.stage === 'fixed-mask') continue;
    losses.push(event.loss);
    if (event.step === options.maxSteps) state = byRow(new Map(event.snapshot.arrays));
  }
  return { losses, state };
}

describe.each([
  ['full', 'sum'],
  ['diff-pruning', 'sum'],
  ['structured-diff-pruning', 'sum'],
  ['structured-diff-pruning', 'product'],
] as const)('%s, a %s as the penalty', (method, groupPenalty) => {
  it('takes the same steps as the textbook', async () => {
    const options = { ...few, groupPenalty };
    const { losses, state } = await trained(method, options);
    const expected = await textbook(method, options);
    expect(losses).toHaveLength(7);
    expected.losses.forEach((loss, step) => expect(losses[step]).toBeCloseTo(loss, 4));

    let index = 0;
    for (const [name, { p }] of expected.learnt) {
      // a softmax does not change with its keys' bias: that gradient is 0 but for rounding, which Adam then magnifies
      if (name.includes('.self.key.bias') && !name.endsWith('/group')) continue;
      const group = name.endsWith('/group');
      const found = group ? state.get('group-alpha')!.subarray(index, ++index) : state.get(name)!;
      const wanted = [...p.dataSync()];
      const difference = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
      // Adam divides by the root of a squared gradient: where gradients are tiny, rounding shows
      expect([name, difference]).toEqual([name, expect.closeTo(0, 3)]);
      const mean = wanted.reduce((sum, value, i) => sum + Math.abs(value - found[i]!), 0) / wanted.length;
      expect([name, mean]).toEqual([name, expect.closeTo(0, 5)]);
    }
  }, 180_000);
});

describe.each(['full', 'diff-pruning', 'structured-diff-pruning'] as const)('%s', (method) => {
  it('has the loss curve of the textbook over 200 steps', async () => {
    const { losses } = await trained(method, many);
    const expected = await textbook(method, many);
    expect(losses).toHaveLength(200);
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
    expected.losses.forEach((loss, step) => {
      expect([step, losses[step]]).toEqual([step, expect.closeTo(loss, 3)]);
    });
  }, 300_000);
});
