import { baseParameters, parameterSize, parseConfig } from '@diffprune/bert';
import { sampleConfig } from '@diffprune/samples';
import { nonzerosByPart } from './nonzeros.ts';

const config = parseConfig(sampleConfig);

describe('nonzerosByPart', () => {
  it('counts sparse, pruned and dense tensors in their part, and leaves the head out', () => {
    const bias = 'bert.encoder.layer.1.output.dense.bias';
    const added = { name: bias, shape: [128], operation: 'add' as const, positions: Uint32Array.of(3, 4, 7) };
    const dense = { operation: 'replace-dense' as const, positions: new Uint32Array() };
    const query = { name: 'bert.encoder.layer.0.attention.self.query.weight', shape: [128, 128] };
    const parts = nonzerosByPart(config, [
      {
        ...query,
        operation: 'replace-sparse',
        positions: Uint32Array.of(1, 16383),
        values: Float32Array.of(0, 5),
      },
      { ...added, values: Float32Array.of(1, 0, -0) },
      { ...dense, name: 'bert.pooler.dense.bias', shape: [128], values: new Float32Array(128) },
      { ...dense, name: 'classifier.bias', shape: [2], values: new Float32Array(2) },
    ]);
    expect(parts.map(({ part, changed, zeros, pruned }) => [part, changed, zeros, pruned])).toEqual([
      ['embeddings', 0, 0, 0],
      ['layer 0', 2, 0, 16382],
      ['layer 1', 3, 2, 0],
      ['pooler', 128, 0, 0],
    ]);
    const d = baseParameters(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
    expect(parts.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(d);
  });
});
