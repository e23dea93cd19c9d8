import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import {
  adapterParameters,
  createAdapters,
  encode,
  initializeParameters,
  serializeConfig,
  type SubLayerHook,
} from '@diffprune/bert';
import { describePython } from '@diffprune/testing';
import * as tf from '@tensorflow/tfjs';
import { complete } from './complete-run.fixture.ts';
import { linearSchedule } from './schedule.ts';
import { adamw, batchAt, clipping, config, initialParameters, inputsAt } from './textbook.fixture.ts';
import { tinyRun } from './tiny-run.fixture.ts';

// Textbook implementations of adapters, op by op with autodiff: one here, on TensorFlow.js's CPU backend, and one in PyTorch
// (python/adapters.py). The method must agree with them step for step.

const [steps, seed, bottleneck] = [20, 11, 5];
const [rate, bound, decay] = [2e-2, 0.5, 0.05];
const rateAt = (step: number): number => rate * linearSchedule(step, steps, 0.1);

afterAll(() => jest.restoreAllMocks());

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // TensorFlow.js advertises its native library
  await tf.setBackend('cpu');
});

const { baseSpecs, headSpecs, values: initial } = initialParameters(seed);
const adapters = createAdapters('houlsby', bottleneck, 'gelu_new');
const adapterSpecs = adapterParameters({ ...config, adapters });
const values = new Map([...initial, ...initializeParameters(adapterSpecs, { initializerRange: 0.01 }, seed)]);
const specs = [...baseSpecs, ...adapterSpecs, ...headSpecs];
const layerNorms = baseSpecs.filter(({ name }) => name.includes('LayerNorm'));
const trained = [...layerNorms, ...adapterSpecs, ...headSpecs];

type Parameters = Readonly<Record<string, tf.Tensor>>;

/** x·Wᵀ + b */
function linear(p: Parameters, name: string, x: tf.Tensor): tf.Tensor {
  return tf.add(tf.matMul(x, p[`${name}.weight`]!, false, true), p[`${name}.bias`]!);
}

/** GELU's tanh form, as Houlsby et al.'s code has it. */
function gelu(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
  return tf.mul(x, tf.mul(0.5, tf.add(1, tf.tanh(inner))));
}

/** The loss of a step: an encoder with adapters, pooler, classifier, mean cross-entropy. */
function lossAt(step: number, p: Parameters): tf.Scalar {
  const hook: SubLayerHook = (h, layer, site) => {
    const at = `bert.encoder.layer.${layer}.${site === 'attention' ? 'attention.output' : 'output'}`;
    const added = linear(p, `${at}.adapter_up`, gelu(linear(p, `${at}.adapter_down`, h)));
    return tf.add(h, added);
  };
  const { labels, example_weights: weights, ...batch } = inputsAt(step, seed);
  const states = encode(p, batch, config, { hook });
  const [first] = tf.split(states, [1, states.shape[1] - 1], 1);
  const pooled = tf.tanh(linear(p, 'bert.pooler.dense', tf.squeeze(first!, [1])));
  const logits = linear(p, 'classifier', pooled);
  const chosen = tf.mul(tf.logSoftmax(logits), tf.oneHot(labels as tf.Tensor1D, 2));
  const each = tf.neg(tf.sum(chosen, 1));
  return tf.div(tf.sum(tf.mul(each, weights!)), tf.sum(weights!));
}

interface Expected {
  readonly losses: readonly number[];
  readonly learnt: Iterable<readonly [string, ArrayLike<number>]>;
}

function textbook(): Expected {
  const frozen = Object.fromEntries(
    specs.map(({ name, shape }) => [name, tf.tensor(values.get(name)!, [...shape])]),
  );
  const learnt = new Map(
    trained.map(({ name }) => {
      const p = frozen[name]!;
      return [name, { p, m: tf.zerosLike(p), v: tf.zerosLike(p) }];
    }),
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const objective = (...list: tf.Tensor[]): tf.Scalar => {
      const of = Object.fromEntries(trained.map(({ name }, i) => [name, list[i]!]));
      return lossAt(step, { ...frozen, ...of });
    };
    const { value, grads } = tf.valueAndGrads(objective)([...learnt.values()].map(({ p }) => p));
    losses.push(value.dataSync()[0]!);
    const factor = clipping(grads, bound);
    trained.forEach(({ name, decay: decays }, i) => {
      const settings = { t: step + 1, rate: rateAt(step), decay: decays ? decay : 0, epsilon: 1e-8 };
      learnt.set(name, adamw(learnt.get(name)!, tf.mul(grads[i]!, factor), settings));
    });
  }
  return { losses, learnt: [...learnt].map(([name, { p }]) => [name, p.dataSync()] as const) };
}

/** Losses of a run of the method, and what it has learnt. */
async function trainedRun() {
  const options = {
    ...{ seed, bottleneck, epochs: 5, learningRate: rate, warmup: 0.1 },
    ...{ maxGradientNorm: bound, weightDecay: decay },
  };
  const run = await tinyRun('adapters', options, config);
  const { events, snapshots, diff } = await complete({ ...run, dev: {} });
  const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
  return { losses, state: new Map(snapshots.at(-1)!.arrays), diff };
}

let run: ReturnType<typeof trainedRun> | undefined;

/** Expects of the run, which is taken once, the same losses and values. */
async function expectSame(expected: Expected): Promise<void> {
  const { losses, state } = await (run ??= trainedRun());
  expect(losses).toHaveLength(steps);
  expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
  losses.forEach((loss, step) =>
    expect([step, loss]).toEqual([step, expect.closeTo(expected.losses[step]!, 4)]),
  );
  const names: string[] = [];
  for (const [name, wanted] of expected.learnt) {
    names.push(name);
    const differences = Array.from(wanted, (value, i) => Math.abs(value - state.get(name)![i]!));
    expect([name, Math.max(...differences)]).toEqual([name, expect.closeTo(0, 3)]);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    expect([name, mean]).toEqual([name, expect.closeTo(0, 4)]);
    const moved = Array.from(wanted, (value, i) => Math.abs(value - values.get(name)![i]!));
    expect([name, Math.max(...moved) > 0.01]).toEqual([name, true]);
  }
  expect(names.sort()).toEqual(trained.map(({ name }) => name).sort());
  expect(state.size).toBe(3 * names.length); // with two moments each, and nothing else
}

describe('adapters', () => {
  it('take the same steps as the textbook', () => expectSame(textbook()), 180_000);

  it('are the diff, with layer normalisations and head, and nothing else', async () => {
    const { diff, state } = await (run ??= trainedRun());
    expect(diff.map(({ name }) => name)).toEqual(trained.map(({ name }) => name));
    for (const { name, operation, values } of diff) {
      expect([name, operation]).toEqual([name, 'replace-dense']);
      expect(values).toEqual(state.get(name));
    }
  });
});

describePython(['torch'], 'adapters in PyTorch', (python) => {
  it('take the same steps', async () => {
    const numbers = (array: ArrayLike<number>): number[] => Array.from(array);
    const range = Array.from({ length: steps }, (_, step) => step);
    const names = new Set(trained.map(({ name }) => name));
    const { losses, learnt } = python(fileURLToPath(new URL('../python/adapters.py', import.meta.url)), {
      ...{ bound, decay, rates: range.map(rateAt) },
      heads: serializeConfig(config)['num_attention_heads'],
      layers: config.numHiddenLayers,
      parameters: specs.map(({ name, shape, decay: decays }) => {
        return { name, shape, decays, trained: names.has(name), values: numbers(values.get(name)!) };
      }),
      batches: range.map((step) => {
        const { matrices, labels, exampleWeights } = batchAt(step, seed);
        const inputs = Object.entries(matrices).map(([name, data]) => [name, numbers(data)] as const);
        return { ...Object.fromEntries(inputs), labels: numbers(labels), weights: numbers(exampleWeights) };
      }),
    }) as { losses: number[]; learnt: Record<string, number[]> };
    await expectSame({ losses, learnt: Object.entries(learnt) });
  }, 180_000);
});
