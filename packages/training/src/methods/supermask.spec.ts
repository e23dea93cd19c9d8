import { baseParameters, parameterSize, parseConfig } from '@diffprune/bert';
import { allParts, isExcluded } from '../exclude.ts';
import { completeOptions } from '../method-options.ts';
import { supermask } from './supermask.ts';

it('has a rate by which noise moves ν as far, however many the steps are', () => {
  const rate = (rows: number, options = {}): number => {
    const size = { parameters: 1e6, rows, task: 'sst2' };
    return Number(completeOptions(supermask.name as 'supermask', options, size)['maskLearningRate']);
  };
  expect(rate(6000)).toBeCloseTo(0.2, 2); // 188 batches of 32
  expect(rate(6016, { epochs: 12 })).toBeCloseTo(rate(6016) / 2, 12);
  expect(rate(6016, { maxSteps: 141 })).toBeCloseTo(2 * rate(6016), 12);
  expect(rate(6016, { maxSteps: 2 })).toBe(0.5);
  expect(rate(6016, { maskLearningRate: 0.3 })).toBe(0.3);
});

it('masks as many of BERT-base’s parameters as the paper’s table 3 has: 66 million without all three parts', () => {
  const base = parseConfig({
    ...{ model_type: 'bert', hidden_act: 'gelu', vocab_size: 30522, type_vocab_size: 2 },
    ...{ max_position_embeddings: 512, num_hidden_layers: 12, hidden_size: 768 },
    ...{ num_attention_heads: 12, intermediate_size: 3072 },
  });
  const left = baseParameters(base).filter((spec) => !isExcluded(spec, base, allParts));
  const matrices = left.filter(({ shape }) => shape.length === 2);
  const millions = (specs: typeof left): number =>
    Math.round(specs.reduce((sum, spec) => sum + parameterSize(spec), 0) / 1e6);
  expect(millions(matrices)).toBe(66);
  expect(millions(matrices.filter(({ kind }) => kind === 'layer'))).toBe(65);
});
