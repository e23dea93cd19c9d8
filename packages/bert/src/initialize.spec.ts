import { initialValuesStream } from '@diffprune/kernels';
import { baseParameters, parseConfig } from './architectures.ts';
import { initializeParameters } from './initialize.ts';
import { layerNormParameters, linearParameters, type ParameterSpec } from './parameters.ts';

const place = { kind: 'head', role: 'head' } as const;
const weight = (name: string, rows: number, columns: number): ParameterSpec =>
  linearParameters(place, name, rows, columns)[0]!;
const config = { initializerRange: 0.02 };

describe('initializeParameters', () => {
  it('draws weights from a normal distribution cut off at two standard deviations', () => {
    const values = initializeParameters([weight('a', 400, 500)], config, 7).get('a.weight')!;
    const n = values.length;
    const mean = values.reduce((sum, x) => sum + x, 0) / n;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
    // A standard normal cut off at ±2 has variance 1 − 4φ(2)/(Φ(2) − Φ(−2)) = 0.87967².
    expect(Math.abs(mean)).toBeLessThan(4 * (0.0176 / Math.sqrt(n)));
    expect(deviation / 0.02).toBeCloseTo(0.8797, 2);
    expect(values.reduce((max, x) => Math.max(max, Math.abs(x)), 0)).toBeLessThanOrEqual(Math.fround(0.04));
    // Φ(1) − Φ(−1) over Φ(2) − Φ(−2).
    expect(values.filter((x) => Math.abs(x) < 0.02).length / n).toBeCloseTo(0.7152, 2);
  });

  it('sets biases to 0 and LayerNorm to 1 and 0', () => {
    const [, bias] = linearParameters(place, 'x', 3, 3);
    const specs = [bias!, ...layerNormParameters(place, 'x.LayerNorm', 3)];
    const tensors = initializeParameters(specs, config, 1);
    expect([...tensors.values()].map((values) => [...values])).toEqual([
      [0, 0, 0],
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });

  it('depends on the seed and the name alone', () => {
    const [a, b] = [weight('a', 5, 10), weight('b', 5, 10)];
    const both = initializeParameters([a, b], config, 1);
    expect(initializeParameters([b], config, 1).get('b.weight')).toEqual(both.get('b.weight'));
    expect(both.get('a.weight')).not.toEqual(both.get('b.weight'));
    expect(initializeParameters([a], config, 2).get('a.weight')).not.toEqual(both.get('a.weight'));
  });

  it('has a stream of random numbers for each parameter of BERT-large', () => {
    const large = parseConfig({
      model_type: 'bert',
      vocab_size: 30522,
      hidden_size: 1024,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      intermediate_size: 4096,
      max_position_embeddings: 512,
      type_vocab_size: 2,
    });
    const streams = baseParameters(large).map(({ name }) => initialValuesStream(name));
    expect(new Set(streams).size).toBe(391);
  });
});
