import { baseParameters, headParameters, parseConfig } from '@diffprune/bert';

it('has a group for each of BERT-large’s weight matrices and bias vectors: the paper’s 393 with those of the head', () => {
  const large = parseConfig({
    ...{ model_type: 'bert', hidden_act: 'gelu', vocab_size: 30522, type_vocab_size: 2 },
    ...{ max_position_embeddings: 512, num_hidden_layers: 24, hidden_size: 1024 },
    ...{ num_attention_heads: 16, intermediate_size: 4096 },
  });
  const [base, head] = [baseParameters(large), headParameters(large, { kind: 'classification', labels: 2 })];
  expect(base.length + head.length).toBe(393);
  expect(head.map(({ name }) => name)).toEqual(['classifier.weight', 'classifier.bias']);
});
