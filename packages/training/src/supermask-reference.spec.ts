import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { parameterSize, serializeConfig, trainFunction, type ParameterSpec } from '@diffprune/bert';
import { streamKey, streamOf, uniformAt } from '@diffprune/kernels';
import { describePython } from '@diffprune/testing';
import * as tf from '@tensorflow/tfjs';
import { complete } from './complete-run.fixture.ts';
import type { Part } from './exclude.ts';
import { linearSchedule } from './schedule.ts';
import { adamw, batchAt, clipping, config, head, initialParameters, inputsAt } from './textbook.fixture.ts';
import { tinyRun } from './tiny-run.fixture.ts';

// Textbook implementations of supermasks and of L0-close fine-tuning, op by op with autodiff: one here, on TensorFlow.js's
// CPU backend, and one in PyTorch (python/supermask.py). Both methods must agree with them step for step.

const steps = 20;
const seed = 11;
const rates = { weights: 1e-2, mask: 0.3 };
const bound = 0.5;
const decay = 0.05;

interface Case {
  readonly name: string;
  readonly method: 'supermask' | 'l0-close';
  readonly exclude: readonly Part[];
  /** Fraction of ν that begins at -5. */
  readonly sparsity: number;
}

const cases: readonly Case[] = [
  { name: 'a supermask, all dense', method: 'supermask', exclude: [], sparsity: 0 },
  { name: 'a supermask, 30% sparse', method: 'supermask', exclude: [], sparsity: 0.3 },
  {
    ...{ name: 'a supermask over what is not excluded', method: 'supermask', sparsity: 0.3 },
    exclude: ['key', 'word-embeddings'],
  },
  {
    ...{
      name: 'L0-close fine-tuning, of one layer’s and the embeddings’ place',
      method: 'l0-close',
      sparsity: 0,
    },
    exclude: ['key', 'word-embeddings'],
  },
  { name: 'L0-close fine-tuning of no layer', method: 'l0-close', exclude: ['last-2-layers'], sparsity: 0 },
];

afterAll(() => jest.restoreAllMocks());

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
});

const { baseSpecs, headSpecs, values } = initialParameters(seed);

/** What the names of Hugging Face's parameters say of the parts. */
const names: Readonly<Record<Part, RegExp>> = {
  key: /\.self\.key\./,
  'last-2-layers': /\.layer\./, // there are but two
  'word-embeddings': /\.word_embeddings\./,
};

/** The parameters that are masked, or trained. */
function chosen({ method, exclude }: Case): ParameterSpec[] {
  const left = baseSpecs.filter(({ name }) => !exclude.some((part) => names[part].test(name)));
  return method === 'supermask' ? left.filter(({ shape }) => shape.length === 2) : left;
}

/** ν of each masked parameter: 5 for so many of the greatest entries of all, -5 for the rest. */
function initialLogits(specs: readonly ParameterSpec[], sparsity: number): Map<string, Float32Array> {
  const logits = new Map(specs.map((spec) => [spec.name, new Float32Array(parameterSize(spec)).fill(5)]));
  const all = specs.flatMap(({ name }) =>
    Array.from(values.get(name)!, (value, i) => ({ name, i, size: Math.abs(value) })),
  );
  all.sort((a, b) => a.size - b.size);
  for (const { name, i } of all.slice(0, all.length - Math.floor((1 - sparsity) * all.length)))
    logits.get(name)![i] = -5;
  return logits;
}

/** The u of a step's mask. */
function noise(spec: ParameterSpec, step: number): Float32Array {
  const key = streamKey(seed, step, streamOf('elementGates', baseSpecs.indexOf(spec)));
  return Float32Array.from({ length: parameterSize(spec) }, (_, i) => uniformAt(key, i));
}

type Learnt = Readonly<Record<'p' | 'm' | 'v', tf.Tensor>> & { readonly group: keyof typeof rates };

/** The losses of the textbook's steps, and what it has learnt in the end. */
function textbook(each: Case) {
  const specs = chosen(each);
  const masked = each.method === 'supermask' ? specs : [];
  const logits = initialLogits(masked, each.sparsity);
  const frozen = Object.fromEntries(
    [...baseSpecs, ...headSpecs].map(({ name, shape }) => [name, tf.tensor(values.get(name)!, [...shape])]),
  );
  const learnt = new Map<string, Learnt>();
  const learn = (name: string, p: tf.Tensor, group: Learnt['group']): void => {
    learnt.set(name, { p, m: tf.zerosLike(p), v: tf.zerosLike(p), group });
  };
  const trained = [...(each.method === 'supermask' ? [] : specs), ...headSpecs];
  for (const { name } of trained) learn(name, frozen[name]!, 'weights');
  for (const { name, shape } of masked)
    learn(`${name}/logits`, tf.tensor(logits.get(name)!, [...shape]), 'mask');
  const decays = new Set(trained.filter(({ decay }) => decay).map(({ name }) => name));

  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const keys = [...learnt.keys()];
    const objective = (...list: tf.Tensor[]): tf.Scalar => {
      const of = Object.fromEntries(keys.map((name, i) => [name, list[i]!]));
      const weights = masked.map((spec) => {
        const probability = tf.sigmoid(of[`${spec.name}/logits`]!);
        const u = tf.tensor(noise(spec, step), [...spec.shape]);
        const straightThrough = tf.customGrad((p) => {
          const value = tf.cast(tf.less(u, p as tf.Tensor), 'float32');
          return { value, gradFunc: (dy: tf.Tensor) => dy };
        });
        return [spec.name, tf.mul(frozen[spec.name]!, straightThrough(probability))] as const;
      });
      const all = { ...frozen, ...of, ...inputsAt(step, seed), ...Object.fromEntries(weights) };
      const { loss } = trainFunction(config, head)(all);
      losses[step] = loss!.dataSync()[0]!;
      return loss as tf.Scalar;
    };
    const { grads } = tf.valueAndGrads(objective)([...learnt.values()].map(({ p }) => p));
    const rate = linearSchedule(step, steps, 0.1);
    for (const group of ['weights', 'mask'] as const) {
      const members = keys.flatMap((name, i) =>
        learnt.get(name)!.group === group ? [[name, grads[i]!] as const] : [],
      );
      const factor = clipping(
        members.map(([, gradient]) => gradient),
        bound,
      );
      for (const [name, gradient] of members) {
        const settings = {
          ...{ t: step + 1, rate: rates[group] * rate, decay: decays.has(name) ? decay : 0 },
          epsilon: group === 'mask' ? 1e-12 : 1e-8,
        };
        learnt.set(name, { ...adamw(learnt.get(name)!, tf.mul(gradient, factor), settings), group });
      }
    }
  }
  return { losses, learnt: new Map([...learnt].map(([name, { p }]) => [name, p.dataSync()])) };
}

/** Losses of a run of the method, and what it has learnt. */
async function trainedBy({ method, exclude, sparsity }: Case) {
  const run = await tinyRun(
    method,
    {
      ...{ seed, exclude, epochs: 5, learningRate: rates.weights, warmup: 0.1, maxGradientNorm: bound },
      ...{ weightDecay: decay },
      ...(method === 'supermask' && { maskLearningRate: rates.mask, initialSparsity: sparsity }),
    },
    config,
  );
  const { events, snapshots } = await complete({ ...run, dev: {} });
  const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
  return { losses, state: new Map(snapshots.at(-1)!.arrays) };
}

const runs = new Map<Case, ReturnType<typeof trainedBy>>();

/** The run of a case, which is taken once. */
function runOf(each: Case): ReturnType<typeof trainedBy> {
  const run = runs.get(each) ?? trainedBy(each);
  runs.set(each, run);
  return run;
}

/** Expects the same losses and values. */
function expectSame(
  { losses, state }: Awaited<ReturnType<typeof trainedBy>>,
  expected: {
    readonly losses: readonly number[];
    readonly learnt: Iterable<readonly [string, ArrayLike<number>]>;
  },
): void {
  expect(losses).toHaveLength(steps);
  losses.forEach((loss, step) =>
    expect([step, loss]).toEqual([step, expect.closeTo(expected.losses[step]!, 4)]),
  );
  let count = 0;
  for (const [name, wanted] of expected.learnt) {
    count++;
    // a softmax does not change with its keys' bias: that gradient is 0 but for rounding, which Adam then magnifies
    if (name.endsWith('.self.key.bias')) continue;
    const differences = Array.from(wanted, (value, i) => Math.abs(value - state.get(name)![i]!));
    expect([name, Math.max(...differences)]).toEqual([name, expect.closeTo(0, 3)]);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect([name, mean]).toEqual([name, expect.closeTo(0, 4)]);
  }
  expect(state.size).toBe(3 * count); // with two moments each, and nothing else
}

describe.each(cases)('$name', (each) => {
  it('takes the same steps as the textbook', async () => {
    const found = await runOf(each);
    expect(found.losses.at(-1)).not.toBeCloseTo(found.losses[0]!, 2);
    expectSame(found, textbook(each));
  }, 180_000);
});

describePython(['torch'], 'supermasks and L0-close fine-tuning in PyTorch', (python) => {
  const script = fileURLToPath(new URL('../python/supermask.py', import.meta.url));
  const numbers = (array: ArrayLike<number>): number[] => Array.from(array);

  /** A case's settings, parameters, batches and random numbers. */
  const described = (each: Case) => {
    const specs = chosen(each);
    const masked = each.method === 'supermask' ? specs : [];
    const trained = new Set(
      [...(each.method === 'supermask' ? [] : specs), ...headSpecs].map(({ name }) => name),
    );
    const logits = initialLogits(masked, each.sparsity);
    return {
      ...{ rates, bound, decay },
      factors: Array.from({ length: steps }, (_, step) => linearSchedule(step, steps, 0.1)),
      heads: serializeConfig(config)['num_attention_heads'],
      layers: config.numHiddenLayers,
      parameters: [...baseSpecs, ...headSpecs].map(({ name, shape, decay: decays }) => {
        return { name, shape, decays, trained: trained.has(name), values: numbers(values.get(name)!) };
      }),
      masked: masked.map(({ name }) => ({ name, logits: numbers(logits.get(name)!) })),
      batches: Array.from({ length: steps }, (_, step) => {
        const { matrices, labels, exampleWeights } = batchAt(step, seed);
        const inputs = Object.entries(matrices).map(([name, data]) => [name, numbers(data)] as const);
        return { ...Object.fromEntries(inputs), labels: numbers(labels), weights: numbers(exampleWeights) };
      }),
      noise: Array.from({ length: steps }, (_, step) => masked.map((spec) => numbers(noise(spec, step)))),
    };
  };

  it('both take the same steps', async () => {
    const expected = python(script, cases.map(described)) as {
      losses: number[];
      learnt: Record<string, number[]>;
    }[];
    for (const [i, each] of cases.entries()) {
      const { losses, learnt } = expected[i]!;
      expectSame(await runOf(each), { losses, learnt: Object.entries(learnt) });
    }
  }, 180_000);
});
