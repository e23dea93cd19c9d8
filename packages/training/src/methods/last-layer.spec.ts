import { baseParameters, parameterSize, parseConfig, type ParameterSpec } from '@diffprune/bert';
import { isLast } from './last-layer.ts';

const large = parseConfig({
  ...{ model_type: 'bert', hidden_act: 'gelu', vocab_size: 30522, type_vocab_size: 2 },
  ...{ max_position_embeddings: 512, num_hidden_layers: 24, hidden_size: 1024 },
  ...{ num_attention_heads: 16, intermediate_size: 4096 },
});

it('trains 4.07% of BERT-large; the paper’s 3.76% are without the pooler', () => {
  const specs = baseParameters(large);
  const count = (chosen: readonly ParameterSpec[]): number =>
    chosen.reduce((sum, spec) => sum + parameterSize(spec), 0);
  const trained = specs.filter((spec) => isLast(spec, large));
  const percent = (chosen: readonly ParameterSpec[]): string =>
    ((100 * count(chosen)) / count(specs)).toFixed(2);
  expect(percent(trained)).toBe('4.07');
  expect(percent(trained.filter(({ kind }) => kind !== 'pooler'))).toBe('3.76');
});
