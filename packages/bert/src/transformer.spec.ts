import { createEngine } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import type { SubLayerHook } from './architecture.ts';
import { baseParameters, encode, parseConfig } from './architectures.ts';
import { initializeParameters } from './initialize.ts';
import { largestDifference } from './spec-numbers.ts';

const config = parseConfig({
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 16,
  max_position_embeddings: 16,
  type_vocab_size: 2,
  initializer_range: 0.3,
});
const dense = { attention: 'attention.output.dense', 'feed-forward': 'output.dense' } as const;

beforeAll(() => createEngine('tfjs-cpu'));

function encoded(hook?: SubLayerHook, scale: Readonly<Record<string, number>> = {}) {
  const values = initializeParameters(baseParameters(config), config, 5);
  const parameters = baseParameters(config).map(({ name, shape, initial }) => {
    // biases that are not 0, so that they matter
    const value = values.get(name)!.map((x, i) => (initial === 'zeros' ? 0.1 * (i + 1) : x));
    const [, factor = 1] = Object.entries(scale).find(([layer]) => name.startsWith(layer)) ?? [];
    return [name, tf.mul(tf.tensor(value, [...shape]), factor)] as const;
  });
  const batch = {
    input_ids: tf.tensor2d([2, 4, 5, 3, 2, 9, 3, 0], [2, 4], 'int32'),
    token_type_ids: tf.zeros([2, 4], 'int32'),
    attention_mask: tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 0], [2, 4], 'int32'),
  };
  return encode(Object.fromEntries(parameters), batch, config, { hook });
}

describe("a sub-layer's hook", () => {
  it('sees what each sub-layer gives, in order', () => {
    const seen: unknown[] = [];
    const hook: SubLayerHook = (hidden, layer, site) => {
      seen.push([hidden.shape, layer, site]);
      return hidden;
    };
    expect(encoded(hook).dataSync()).toEqual(encoded().dataSync());
    expect(seen).toEqual([
      [[8, 8], 0, 'attention'],
      [[8, 8], 0, 'feed-forward'],
      [[8, 8], 1, 'attention'],
      [[8, 8], 1, 'feed-forward'],
    ]);
  });

  it.each([
    [0, 'attention'],
    [1, 'attention'],
    [0, 'feed-forward'],
    [1, 'feed-forward'],
  ] as const)('changes it before the residual: layer %i, %s', (layer, site) => {
    // a sub-layer that gives three times as much is one whose last linear layer has three times the weights
    const tripled = encoded((hidden, at, where) => {
      return at === layer && where === site ? tf.mul(hidden, 3) : hidden;
    }).dataSync();
    const expected = encoded(undefined, { [`bert.encoder.layer.${layer}.${dense[site]}`]: 3 }).dataSync();
    expect(largestDifference(tripled, expected)).toBeLessThan(1e-5);
    expect(largestDifference(tripled, encoded().dataSync())).toBeGreaterThan(0.1);
  });
});
