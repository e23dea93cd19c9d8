import { baseParameters, parameterSize, parseConfig } from '@diffprune/bert';
import { isExcluded, type Part } from './exclude.ts';

const base = parseConfig({
  ...{ model_type: 'bert', hidden_act: 'gelu', vocab_size: 30522, type_vocab_size: 2 },
  ...{ max_position_embeddings: 512, num_hidden_layers: 12, hidden_size: 768 },
  ...{ num_attention_heads: 12, intermediate_size: 3072 },
});

it.each<[readonly Part[], number]>([
  [[], 109],
  [['key'], 102],
  [['last-2-layers'], 95],
  [['word-embeddings'], 86],
  [['key', 'last-2-layers', 'word-embeddings'], 66],
])(
  'without %j there are as many of BERT-base’s parameters as in the paper’s table 3, %d million',
  (parts, millions) => {
    const left = baseParameters(base).filter((spec) => !isExcluded(spec, base, parts));
    const count = left.reduce((sum, spec) => sum + parameterSize(spec), 0);
    expect(Math.round(count / 1e6)).toBe(millions);
  },
);
