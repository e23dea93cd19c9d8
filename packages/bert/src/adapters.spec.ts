import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, valueAndGradients } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { createAdapters, isAdapter } from './adapters.ts';
import type { EncoderConfig } from './architecture.ts';
import { adapterParameters, baseParameters, encode, modelPart, parseConfig } from './architectures.ts';
import { writeCheckpoint } from './checkpoint-folder.ts';
import { addedParameters, programParameters } from './heads.ts';
import { initializeParameters } from './initialize.ts';
import { parameterSize } from './parameters.ts';
import { trainFunction, trainInputs } from './program.ts';
import { largestDifference } from './spec-numbers.ts';

function bert(layers: number, hidden: number): EncoderConfig {
  return parseConfig({
    vocab_size: 30522,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    intermediate_size: 4 * hidden,
    max_position_embeddings: 512,
    type_vocab_size: 2,
    initializer_range: 0.3,
  });
}
const withBottleneck = (config: EncoderConfig, bottleneck: number, nonLinearity = 'gelu_new') => {
  return { ...config, adapters: createAdapters('houlsby', bottleneck, nonLinearity) };
};
const count = (specs: readonly { readonly shape: readonly number[] }[]) =>
  specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
const head = { kind: 'classification', labels: 2 } as const;

beforeAll(() => createEngine('tfjs-cpu'));

describe('the parameters of adapters', () => {
  it.each([
    [24, 1024, 64],
    [24, 1024, 256],
    [12, 768, 64],
    [6, 384, 8],
  ])('are 2md + d + m for each of two in each of %i layers, d = %i, m = %i', (layers, d, m) => {
    const specs = adapterParameters(withBottleneck(bert(layers, d), m));
    expect(count(specs)).toBe(2 * layers * (2 * m * d + d + m));
    expect(adapterParameters(bert(layers, d))).toEqual([]);
  });

  it('are, with layer normalisations, 2.1% of the layers of BERT-large (Houlsby et al., table 1: Adapters (64))', () => {
    const large = withBottleneck(bert(24, 1024), 64);
    const base = baseParameters(large);
    const trained = count(adapterParameters(large)) + count(base.filter(({ role }) => role === 'layer-norm'));
    const encoder = count(base.filter(({ kind }) => kind === 'layer'));
    expect(((100 * trained) / encoder).toFixed(1)).toBe('2.1');
    expect(((100 * trained) / count(base)).toFixed(2)).toBe('1.92');
  });

  it('stand beside the linear layers whose output they change, and are no part of the base', () => {
    const config = withBottleneck(bert(2, 16), 3);
    const specs = adapterParameters(config);
    expect(specs.slice(4, 8)).toEqual(
      [
        ['adapter_down.weight', [3, 16], true, 'normal'],
        ['adapter_down.bias', [3], false, 'zeros'],
        ['adapter_up.weight', [16, 3], true, 'normal'],
        ['adapter_up.bias', [16], false, 'zeros'],
      ].map(([name, shape, decay, initial]) => {
        const own = { name: `bert.encoder.layer.0.output.${String(name)}`, shape, decay, initial };
        return { ...own, kind: 'adapter', role: 'adapter', layer: 0 };
      }),
    );
    expect(specs[0]!.name).toBe('bert.encoder.layer.0.attention.output.adapter_down.weight');
    expect(baseParameters(config)).toEqual(baseParameters(bert(2, 16)));
    expect(addedParameters(config, head).map(({ kind }) => kind)).toEqual([
      ...Array<string>(16).fill('adapter'),
      ...['head', 'head'],
    ]);
    for (const { name } of specs) expect([modelPart(name), isAdapter(name)]).toEqual(['adapters', true]);
    expect(baseParameters(config).some(({ name }) => isAdapter(name))).toBe(false);
  });
});

it.each([
  ['a bottleneck of 0', 'houlsby', 0, 'gelu'],
  ['a bottleneck of 1.5', 'houlsby', 1.5, 'gelu'],
  ['non-linearity "swish"', 'houlsby', 8, 'swish'],
  ['kind "lora", expected "houlsby"', 'lora', 8, 'gelu'],
])('adapters with %s are refused', (message, kind, bottleneck, nonLinearity) => {
  expect(() => createAdapters(kind, bottleneck, nonLinearity)).toThrow(RangeError);
  expect(() => createAdapters(kind, bottleneck, nonLinearity)).toThrow(message);
});

describe('an encoder with adapters', () => {
  const small = { ...bert(2, 8), vocabSize: 11, positions: 16 };
  const batch = {
    input_ids: tf.tensor2d([2, 4, 5, 3, 2, 9, 3, 0], [2, 4], 'int32'),
    token_type_ids: tf.zeros([2, 4], 'int32'),
    attention_mask: tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 0], [2, 4], 'int32'),
  };
  /** Random values of all parameters, biases too. */
  function random(config: EncoderConfig): Record<string, tf.Tensor> {
    const specs = [...baseParameters(config), ...adapterParameters(config)];
    const values = initializeParameters(specs, config, 5);
    return Object.fromEntries(
      specs.map(({ name, shape, initial }, k) => {
        const value = values.get(name)!.map((x, i) => (initial === 'zeros' ? Math.sin(i + k) : x));
        return [name, tf.tensor(value, [...shape])];
      }),
    );
  }
  const functions = {
    relu: (x: number) => Math.max(0, x),
    gelu_new: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  };

  it.each(['relu', 'gelu_new'] as const)('adds W_up·f(W_down·h + b) + b to each sub-layer: %s', (f) => {
    const config = withBottleneck(small, 3, f);
    const parameters = random(config);
    const rows = (name: string) => (parameters[name] as tf.Tensor2D).arraySync();
    const values = (name: string) => [...parameters[name]!.dataSync()];
    // number by number
    const affine = (name: string, x: readonly number[]): number[] =>
      rows(`${name}.weight`).map((row, i) => {
        return row.reduce((sum, w, k) => sum + w * x[k]!, values(`${name}.bias`)[i]!);
      });
    const hook = (hidden: tf.Tensor2D, layer: number, site: string) => {
      const module = `bert.encoder.layer.${layer}.${site === 'attention' ? 'attention.output' : 'output'}`;
      const added = hidden.arraySync().map((h) => {
        return affine(`${module}.adapter_up`, affine(`${module}.adapter_down`, h).map(functions[f]));
      });
      return tf.add(hidden, tf.tensor2d(added)) as tf.Tensor2D;
    };
    for (const tokens of ['all', 'first'] as const) {
      const found = encode(parameters, batch, config, { tokens }).dataSync();
      const expected = encode(parameters, batch, small, { tokens, hook }).dataSync();
      expect(largestDifference(found, expected)).toBeLessThan(1e-5);
      expect(
        largestDifference(found, encode(parameters, batch, small, { tokens }).dataSync()),
      ).toBeGreaterThan(0.1);
    }
  });

  it('hands what it has adapted on to a hook', () => {
    const config = withBottleneck(small, 3);
    const parameters = random(config);
    let sites = 0;
    const seen = (hidden: tf.Tensor2D) => (sites++, hidden);
    const found = encode(parameters, batch, config, { hook: seen }).dataSync();
    expect(found).toEqual(encode(parameters, batch, config).dataSync());
    expect(sites).toBe(4);
  });

  it('is the base where W_up and its bias are 0', () => {
    const config = withBottleneck(small, 3);
    const parameters = random(config);
    for (const name of Object.keys(parameters)) {
      if (name.includes('.adapter_up.')) parameters[name] = tf.zerosLike(parameters[name]!);
    }
    expect(encode(parameters, batch, config).dataSync()).toEqual(encode(parameters, batch, small).dataSync());
  });

  it('computes no gradient of a frozen weight', () => {
    const config = withBottleneck(small, 3);
    const shape = { batch: 2, length: 4 };
    const inputs = Object.fromEntries(
      Object.entries(trainInputs(config, head, shape)).map(([name, { shape, dtype }]) => {
        return [name, tf.ones([...shape], dtype)];
      }),
    );
    const specs = programParameters(config, head);
    const products = (names: readonly string[]): number => {
      let calls = 0;
      const { kernelFunc } = tf.getKernel('BatchMatMul', 'cpu')!;
      const kernel = { kernelName: 'BatchMatMul', backendName: 'cpu' };
      tf.unregisterKernel('BatchMatMul', 'cpu');
      tf.registerKernel({ ...kernel, kernelFunc: (call) => (calls++, kernelFunc(call)) });
      try {
        valueAndGradients(trainFunction(config, head), names)(inputs);
      } finally {
        tf.unregisterKernel('BatchMatMul', 'cpu');
        tf.registerKernel({ ...kernel, kernelFunc });
      }
      return calls;
    };
    const all = products(specs.map(({ name }) => name));
    const trained = specs.filter(
      ({ kind, role }) => kind === 'adapter' || kind === 'head' || role === 'layer-norm',
    );
    // six weight matrices in each layer, the pooler's, and the table of token types
    expect(all - products(trained.map(({ name }) => name))).toBe(2 * 6 + 1 + 1);
  });
});

it('no Hugging Face folder holds adapters: writing one is refused before anything is written', async () => {
  const config = withBottleneck(bert(1, 8), 2);
  const specs = programParameters(config, head);
  const tensors = initializeParameters(specs, config, 1);
  const folder = await mkdtemp(join(tmpdir(), 'adapters-'));
  const checkpoint = { config, tensors, heads: [head], tokenizerFiles: {} };
  await expect(writeCheckpoint(folder, checkpoint)).rejects.toThrow(
    /cannot hold adapters: keep them in a diff/,
  );
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
