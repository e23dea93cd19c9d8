import { BertConfigError, parseConfig, serializeConfig } from './config.ts';

/** google/bert_uncased_L-2_H-128_A-2, as published: without model_type and layer_norm_eps. */
const tiny = {
  hidden_size: 128,
  hidden_act: 'gelu',
  initializer_range: 0.02,
  vocab_size: 30522,
  hidden_dropout_prob: 0.1,
  num_attention_heads: 2,
  type_vocab_size: 2,
  max_position_embeddings: 512,
  num_hidden_layers: 2,
  intermediate_size: 512,
  attention_probs_dropout_prob: 0.1,
};

describe('parseConfig', () => {
  it('reads a published file and falls back to what BERT uses', () => {
    const config = parseConfig(tiny);
    expect(config).toMatchObject({
      vocabSize: 30522,
      hiddenSize: 128,
      hiddenAct: 'gelu',
      layerNormEps: 1e-12,
    });
    expect(config.classifierDropout).toBe(0.1);
    expect(parseConfig({ ...tiny, classifier_dropout: null }).classifierDropout).toBe(0.1);
    expect(parseConfig({ ...tiny, classifier_dropout: 0 }).classifierDropout).toBe(0);
  });

  it('is undone by serializeConfig', () => {
    const config = parseConfig({ ...tiny, hidden_act: 'gelu_new', classifier_dropout: 0.3 });
    expect(parseConfig(JSON.parse(JSON.stringify(serializeConfig(config))))).toEqual(config);
    expect(serializeConfig(config)).toMatchObject({ ...tiny, hidden_act: 'gelu_new', model_type: 'bert' });
  });

  it.each([
    ['model_type', 'distilbert', /model_type" is "distilbert", expected "bert", the only supported one/],
    ['hidden_act', 'swish', /gelu, gelu_new, relu/],
    ['position_embedding_type', 'relative_key', /absolute/],
    ['is_decoder', true, /only encoders/],
    ['hidden_size', undefined, /"hidden_size" is undefined, expected a positive integer/],
    ['hidden_size', 127, /divisor of "hidden_size", 127/],
    ['vocab_size', -1, /positive integer/],
    ['num_hidden_layers', 2.5, /positive integer/],
    ['intermediate_size', '512', /positive integer/],
    ['hidden_dropout_prob', 1, /below 1/],
    ['attention_probs_dropout_prob', -0.1, /at least 0/],
    ['layer_norm_eps', 0, /positive number/],
    ['initializer_range', '0.02', /positive number/],
  ])('refuses %s = %p', (key, value, message) => {
    const parse = () => parseConfig({ ...tiny, [key]: value }, 'there/config.json');
    expect(parse).toThrow(BertConfigError);
    expect(parse).toThrow(message);
    expect(parse).toThrow('there/config.json');
  });

  it.each([[null], ['bert'], [[]]])('refuses %p', (json) => {
    expect(() => parseConfig(json)).toThrow('expected a JSON object');
  });
});
