import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { parameterSize, serializeConfig, trainFunction } from '@diffprune/bert';
import { noiseAt, sample, expectedL0, deterministicGate } from '@diffprune/hard-concrete';
import { streamKey, streamOf } from '@diffprune/kernels';
import { describePython } from '@diffprune/testing';
import * as tf from '@tensorflow/tfjs';
import { complete } from './complete-run.fixture.ts';
import type { OptionValues } from './options.ts';
import type { MethodName } from './methods/registry.ts';
import { isPruned } from './pruned-weights.ts';
import { linearSchedule } from './schedule.ts';
import { adamw, batchAt, clipping, config, head, initialParameters, inputsAt } from './textbook.fixture.ts';
import { tinyRun } from './tiny-run.fixture.ts';

// Textbook implementations of pruning, op by op with autodiff: one here, on TensorFlow.js's CPU backend, and one in PyTorch
// (python/pruning.py). Learner, kernels and compiled program must agree with both step for step.

const steps = 20;
const [first, end] = [2, 16]; // t_i and T - t_f
const remaining = 0.3;
const seed = 11;
const common = { remaining, seed, epochs: 5, batchSize: 8, learningRate: 1e-2, warmup: 0.1 };
const rates = { weights: 1e-2, scores: 0.1 };
const bound = 0.5;
const decay = 0.05;

/** A method with options, as the textbook knows it. */
interface Case {
  readonly name: string;
  readonly method: MethodName;
  readonly options: OptionValues;
  readonly kind: 'magnitude' | 'movement' | 'soft' | 'l0';
  /** What masked weights get for a gradient, or that they are set to 0. */
  readonly fate?: 'masked' | 'straight-through' | 'zero';
  readonly scope?: 'local' | 'global';
}

const soft = { threshold: 0.4, scoreLearningRate: rates.scores };
const gates = { alphaLearningRate: rates.scores, initialLogOdds: 1 };
const cases: readonly Case[] = [
  { name: 'magnitude pruning', method: 'magnitude-pruning', options: {}, kind: 'magnitude' },
  {
    name: 'magnitude pruning of all matrices, masked weights updated',
    method: 'magnitude-pruning',
    options: { maskedWeights: 'updated', scope: 'global' },
    ...{ kind: 'magnitude', fate: 'straight-through', scope: 'global' },
  },
  {
    name: 'magnitude pruning, masked weights set to 0',
    method: 'magnitude-pruning',
    options: { maskedWeights: 'zero' },
    ...{ kind: 'magnitude', fate: 'zero' },
  },
  { name: 'movement pruning', method: 'movement-pruning', options: {}, kind: 'movement' },
  {
    name: 'movement pruning of all matrices, with no pull on scores',
    method: 'movement-pruning',
    options: { scope: 'global', scorePull: 0 },
    ...{ kind: 'movement', scope: 'global' },
  },
  {
    name: 'soft movement pruning',
    method: 'soft-movement-pruning',
    options: { ...soft, scorePenalty: 3e-3 },
    kind: 'soft',
  },
  { name: 'soft movement pruning, λ steered', method: 'soft-movement-pruning', options: soft, kind: 'soft' },
  { name: 'L0 regularisation', method: 'l0-pruning', options: { ...gates, l0Penalty: 2e-3 }, kind: 'l0' },
  { name: 'L0 regularisation, λ steered', method: 'l0-pruning', options: gates, kind: 'l0' },
];

afterAll(() => jest.restoreAllMocks());

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
});

/** Equation 5. */
function fractionAt(t: number): number {
  if (t < first) return 1;
  if (t >= end) return remaining;
  return remaining + (1 - remaining) * (1 - (t - first) / (end - first)) ** 3;
}

const { baseSpecs, headSpecs, values } = initialParameters(seed);
const masked = baseSpecs.filter(isPruned);
const trained = [...baseSpecs.filter(({ kind }) => kind !== 'embeddings'), ...headSpecs];

/** The u of a step's gates, by parameter. */
function noise(step: number): Map<string, number[]> {
  return new Map(
    masked.map((spec) => {
      const key = streamKey(seed, step, streamOf('elementGates', baseSpecs.indexOf(spec)));
      return [spec.name, Array.from({ length: parameterSize(spec) }, (_, i) => noiseAt(key, i))];
    }),
  );
}

/** 1 at the greatest scores, of each array or of all; of equal ones the first. */
function topMasks(
  scores: readonly Float32Array[],
  fraction: number,
  scope: 'local' | 'global',
): Float32Array[] {
  const all = scores.map((score, array) => Array.from(score, (s, i) => ({ s, array, i })));
  const masks = scores.map(({ length }) => new Float32Array(length));
  for (const group of scope === 'global' ? [all.flat()] : all) {
    const kept = Math.floor(fraction * group.length);
    const order = group.sort((a, b) => b.s - a.s || a.array - b.array || a.i - b.i);
    for (const { array, i } of order.slice(0, kept)) masks[array]![i] = 1;
  }
  return masks;
}

/** mask ⊙ weight; the gradient of the mask is passed on to scores, that of the weight is masked or not. */
function maskThrough(weight: tf.Tensor, scores: tf.Tensor | undefined, mask: tf.Tensor, straight: boolean) {
  const through = tf.customGrad((w) => ({
    value: tf.mul(mask, w as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => dy,
  }));
  if (scores === undefined) return straight ? through(weight) : tf.mul(mask, weight);
  const binarise = tf.customGrad(() => ({ value: mask, gradFunc: (dy: tf.Tensor) => dy }));
  return tf.mul(binarise(scores), weight);
}

type Learnt = Readonly<Record<'p' | 'm' | 'v', tf.Tensor>> & { readonly score: boolean };

/**
 * The losses of the textbook's steps, what it has learnt in the end, and the mask of each parameter then.
 *
 * @param prices λ of each step
 */
function textbook({ kind, fate = 'masked', scope = 'local' }: Case, prices: readonly number[]) {
  const learnt = new Map<string, Learnt>();
  const learn = (name: string, p: tf.Tensor, score: boolean): void => {
    learnt.set(name, { p, m: tf.zerosLike(p), v: tf.zerosLike(p), score });
  };
  const tensors = new Map(
    [...baseSpecs, ...headSpecs].map(({ name, shape }) => [name, tf.tensor(values.get(name)!, [...shape])]),
  );
  for (const { name } of trained) learn(name, tensors.get(name)!, false);
  const scoresOf = ({ name }: { name: string }): tf.Tensor => learnt.get(`${name}/score`)!.p;
  if (kind !== 'magnitude') {
    for (const { name, shape } of masked)
      learn(`${name}/score`, tf.fill([...shape], kind === 'l0' ? 1 : 0), true);
  }
  const decays = new Set(trained.filter(({ decay }) => decay).map(({ name }) => name));
  const shape = { l: -0.1, r: 1.1, temperature: 2 / 3 };
  const losses: number[] = [];
  let fixed: readonly Float32Array[] | undefined;

  /** What is kept at a step; of gates, once they are decided. */
  const masksAt = (step: number): readonly Float32Array[] | undefined => {
    if (fixed !== undefined) return fixed;
    if (kind === 'l0') return undefined;
    const scores = masked.map((spec) => {
      const { p } = learnt.get(kind === 'magnitude' ? spec.name : `${spec.name}/score`)!;
      return (kind === 'magnitude' ? tf.abs(p) : p).dataSync() as Float32Array;
    });
    if (kind !== 'soft') return topMasks(scores, fractionAt(step), scope);
    const threshold = step < first ? 0 : soft.threshold;
    return scores.map((score) => score.map((s) => Number(1 / (1 + Math.exp(-s)) > threshold)));
  };

  for (let step = 0; step < steps; step++) {
    const names = [...learnt.keys()];
    const masks = masksAt(step)?.map((mask, i) => tf.tensor(mask, [...masked[i]!.shape]));
    const u = kind === 'l0' ? noise(step) : undefined;
    const inputs = inputsAt(step, seed);
    const objective = (...list: tf.Tensor[]): tf.Scalar => {
      const of = Object.fromEntries(names.map((name, i) => [name, list[i]!]));
      let penalty = tf.scalar(0);
      const weights = masked.map(({ name, shape: dimensions }, i) => {
        const [weight, score] = [of[name]!, of[`${name}/score`]];
        if (kind === 'l0') penalty = tf.add(penalty, expectedL0(score!, shape));
        if (kind === 'soft' || kind === 'movement') penalty = tf.add(penalty, tf.sum(tf.sigmoid(score!)));
        if (masks === undefined) {
          const gate = sample(score!, tf.tensor(u!.get(name)!, [...dimensions]), shape);
          return [name, tf.mul(gate, weight)] as const;
        }
        const learning = kind === 'l0' ? undefined : score;
        return [name, maskThrough(weight, learning, masks[i]!, fate === 'straight-through')] as const;
      });
      const frozen = Object.fromEntries(tensors);
      const { loss } = trainFunction(
        config,
        head,
      )({ ...frozen, ...of, ...inputs, ...Object.fromEntries(weights) });
      losses[step] = loss!.dataSync()[0]!;
      // scores whose mask is fixed take no part
      const unused = list.reduce((sum, each) => tf.add(sum, tf.mul(tf.sum(each), 0)), tf.scalar(0));
      return tf.add(tf.add(loss!, tf.mul(penalty, prices[step]!)), unused);
    };
    const { grads } = tf.valueAndGrads(objective)([...learnt.values()].map(({ p }) => p));
    const factors = [false, true].map((score) =>
      clipping(
        grads.filter((_, i) => learnt.get(names[i]!)!.score === score),
        bound,
      ),
    );
    const held = kind === 'soft' || kind === 'l0' ? step >= end : false;
    const rate = linearSchedule(step, steps, common.warmup);
    names.forEach((name, i) => {
      const before = learnt.get(name)!;
      const { score } = before;
      if (score && held) return;
      const gradient = tf.mul(grads[i]!, factors[Number(score)]!);
      const settings = {
        t: step + 1,
        rate: (score ? (kind === 'movement' ? 1e-2 : rates.scores) : rates.weights) * rate,
        decay: decays.has(name) ? decay : 0,
        epsilon: kind === 'l0' && score ? 1e-12 : 1e-8,
      };
      learnt.set(name, { ...adamw(before, gradient, settings), score });
    });
    if (fate === 'zero') {
      masked.forEach(({ name }, i) => {
        const before = learnt.get(name)!;
        learnt.set(name, { ...before, p: tf.mul(before.p, masks![i]!) });
      });
    }
    if (step + 1 === end && (kind === 'l0' || kind === 'soft')) {
      const scores = masked.map((spec) => scoresOf(spec).dataSync() as Float32Array);
      fixed = topMasks(scores, remaining, 'global');
      if (kind === 'l0') {
        for (const spec of masked) {
          const before = learnt.get(spec.name)!;
          learnt.set(spec.name, { ...before, p: tf.mul(deterministicGate(scoresOf(spec), shape), before.p) });
        }
      }
    }
  }
  return {
    losses,
    learnt: new Map([...learnt].map(([name, { p }]) => [name, p.dataSync()])),
    masks: masksAt(steps)!,
  };
}

const runs = new Map<Case, ReturnType<typeof trainedBy>>();

/** The run of a case, which is taken once. */
function runOf(each: Case): ReturnType<typeof trainedBy> {
  const run = runs.get(each) ?? trainedBy(each);
  runs.set(each, run);
  return run;
}

/** A run of the method: losses, λ of each step, what it has learnt, and the mask that its diff has. */
async function trainedBy({ method, options }: Case) {
  const more = { ...common, maxGradientNorm: bound, weightDecay: decay, pruningWarmup: 0.1 };
  const run = await tinyRun(method, { ...more, ...options }, config);
  const { events, snapshots, diff } = await complete({ ...run, dev: {} });
  const taken = events.flatMap((event) => (event.kind === 'step' ? [event] : []));
  const state = new Map(snapshots.at(-1)!.arrays);
  const masks = masked.map((spec) => {
    const mask = new Float32Array(parameterSize(spec));
    for (const position of diff.find(({ name }) => name === spec.name)!.positions) mask[position] = 1;
    return mask;
  });
  return {
    losses: taken.map(({ loss }) => loss),
    shares: taken.map(({ measured }) => measured['remaining']!),
    prices: taken.map(({ measured }) => measured['scorePenalty'] ?? measured['l0Penalty'] ?? 0),
    masks,
    /** By the textbook's names. */
    learnt: (name: string): ArrayLike<number> => {
      const array = name.replace(/\/score$/, state.has(`${name}`) ? '/score' : '/alpha');
      return state.get(`${name}/weight`) ?? state.get(`${name}/w`) ?? state.get(array)!;
    },
  };
}

type Trained = Awaited<ReturnType<typeof trainedBy>>;

/** Expects the same losses, masks and values. */
function expectSame(
  found: Trained,
  expected: {
    readonly losses: readonly number[];
    readonly learnt: Iterable<readonly [string, ArrayLike<number>]>;
    readonly masks: readonly ArrayLike<number>[];
  },
): void {
  expect(found.losses).toHaveLength(steps);
  found.losses.forEach((loss, step) =>
    expect([step, loss]).toEqual([step, expect.closeTo(expected.losses[step]!, 4)]),
  );
  found.masks.forEach((mask, i) => expect([...mask]).toEqual(Array.from(expected.masks[i]!)));
  for (const [name, wanted] of expected.learnt) {
    // a softmax does not change with its keys' bias: that gradient is 0 but for rounding, which Adam then magnifies
    if (name.endsWith('.self.key.bias')) continue;
    const values = found.learnt(name);
    if (name.endsWith('/score') && Math.abs(values[0]!) === 20) continue; // decided
    const differences = Array.from(wanted, (value, i) => Math.abs(value - values[i]!));
    expect([name, Math.max(...differences)]).toEqual([name, expect.closeTo(0, 3)]);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect([name, mean]).toEqual([name, expect.closeTo(0, 5)]);
  }
}

describe.each(cases)('$name', (each) => {
  it('takes the same steps as the textbook, with other masks as it goes on', async () => {
    const found = await runOf(each);
    expect(new Set(found.shares).size).toBeGreaterThan(6);
    const free = each.kind === 'magnitude' || each.options.scorePull === 0;
    expect(found.prices.some((price) => price > 0)).toBe(!free);
    expectSame(found, textbook(each, found.prices));
  }, 180_000);
});

describePython(['torch'], 'pruning in PyTorch', (python) => {
  const script = fileURLToPath(new URL('../python/pruning.py', import.meta.url));
  const numbers = (array: ArrayLike<number>): number[] => Array.from(array);
  let found: Trained[];
  let expected: { losses: number[]; learnt: Record<string, number[]>; masks: number[][] }[];

  beforeAll(async () => {
    found = await Promise.all(cases.map(runOf));
    const settings = { steps, first, end, remaining, rates, bound, decay, threshold: soft.threshold };
    expected = python(script, {
      ...settings,
      factors: Array.from({ length: steps }, (_, step) => linearSchedule(step, steps, common.warmup)),
      heads: serializeConfig(config)['num_attention_heads'],
      layers: config.numHiddenLayers,
      parameters: [...baseSpecs, ...headSpecs].map(({ name, shape, decay: decays, kind }) => {
        return { name, shape, decays, trained: kind !== 'embeddings', values: numbers(values.get(name)!) };
      }),
      masked: masked.map(({ name }) => name),
      batches: Array.from({ length: steps }, (_, step) => {
        const { length, matrices, labels, exampleWeights } = batchAt(step, seed);
        const inputs = Object.entries(matrices).map(([name, data]) => [name, numbers(data)] as const);
        const vectors = { labels: numbers(labels), weights: numbers(exampleWeights) };
        return { length, ...Object.fromEntries(inputs), ...vectors };
      }),
      noise: Array.from({ length: end }, (_, step) => Object.fromEntries(noise(step))),
      cases: cases.map(({ kind, fate = 'masked', scope = 'local' }, i) => {
        return { kind, fate, scope, prices: found[i]!.prices };
      }),
    }) as typeof expected;
  }, 300_000);

  it.each(cases.map(({ name }, i) => [name, i] as const))('%s takes the same steps', (_, i) => {
    const { losses, learnt, masks } = expected[i]!;
    expectSame(found[i]!, { losses, masks, learnt: Object.entries(learnt) });
  });
});
