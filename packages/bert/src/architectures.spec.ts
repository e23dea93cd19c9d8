import { configDifference, parseConfig, serializeConfig } from './architectures.ts';
import { BertConfigError } from './config-fields.ts';

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
    ['is_encoder_decoder', true, /only encoders/],
    ['add_cross_attention', true, /only encoders/],
    ['position_embedding_type', 'alibi', /"position_embedding_type" is "alibi", expected "absolute"/],
    ['hidden_act', ['gelu'], /gelu, gelu_new, relu/],
    ['pruned_heads', { 0: [1] }, /"pruned_heads" is {"0":\[1\]}, expected none/],
    ['quantization_config', { bits: 4 }, /expected none: load the model as it was before/],
    ['auto_map', { AutoModel: 'modeling.MyBert' }, /defined by code of its own, which is not run/],
    ['tokenizer_class', 'BertJapaneseTokenizer', /"tokenizer_class" is "BertJapaneseTokenizer", expected/],
    ['embedding_size', 64, /"hidden_size", or nothing/],
    ['architectures', ['AlbertModel'], /classes of BERT/],
    ['hidden_size', undefined, /"hidden_size" is undefined, expected a positive integer/],
    ['hidden_size', 127, /divisor of "hidden_size", 127/],
    ['vocab_size', -1, /positive integer/],
    ['num_hidden_layers', 2.5, /integer from 1 to 1000/],
    ['num_hidden_layers', 1e9, /integer from 1 to 1000/],
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

  it('takes what changes nothing', () => {
    const more = {
      model_type: 'bert',
      position_embedding_type: 'absolute',
      is_decoder: false,
      pruned_heads: {},
      ...{
        architectures: ['MyClassifier'],
        use_cache: true,
        pad_token_id: 0,
        auto_map: null,
        embedding_size: 128,
      },
    };
    expect(parseConfig({ ...tiny, ...more })).toEqual(parseConfig(tiny));
    expect(parseConfig({ ...tiny, architectures: ['BertForMaskedLM'] })).toEqual(parseConfig(tiny));
  });

  it.each([[null], ['bert'], [[]]])('refuses %p', (json) => {
    expect(() => parseConfig(json)).toThrow('expected a JSON object');
  });
});

describe('configDifference', () => {
  const config = parseConfig(tiny);

  it('finds what changes the forward pass, by its key', () => {
    const changes = [
      ...[
        { num_attention_heads: 4 },
        { hidden_act: 'relu' },
        { layer_norm_eps: 1e-5 },
        { type_vocab_size: 1 },
      ],
      ...[
        { max_position_embeddings: 511 },
        { intermediate_size: 1 },
        { vocab_size: 3 },
        { num_hidden_layers: 1 },
      ],
    ];
    for (const change of changes) {
      const [[key, found]] = Object.entries(change) as [[string, unknown]];
      const other = parseConfig({ ...tiny, ...change });
      const expected = serializeConfig(config)[key];
      expect(configDifference(other, serializeConfig(config))).toEqual({ key, found, expected });
    }
    // what another implementation may know, and this one does not
    const relative = { ...serializeConfig(config), position_embedding_type: 'relative_key' };
    expect(configDifference(config, relative)).toMatchObject({
      key: 'position_embedding_type',
      found: 'absolute',
    });
  });

  it('leaves aside what is not said, unknown, or of training alone', () => {
    expect(configDifference(config, {})).toBeUndefined();
    expect(configDifference(config, { toString: 1, hidden_size: 128, note: 'mine' })).toBeUndefined();
    const other = { ...tiny, hidden_dropout_prob: 0.2, classifier_dropout: 0.3, initializer_range: 1 };
    expect(configDifference(parseConfig(other), serializeConfig(config))).toBeUndefined();
  });
});
