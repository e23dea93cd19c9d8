import { embed } from '@diffprune/engine';
import * as tf from '@diffprune/tfjs-core';
import type { Architecture, EncodeOptions, EncoderConfig } from './architecture.ts';
import { ConfigFields, encoderSettings } from './config-fields.ts';
import { hiddenActivations, layerNorm, linear, named, type NamedTensors } from './layers.ts';
import { embeddingParameter, layerNormParameters, linearParameters } from './parameters.ts';
import {
  dropEmbeddings,
  encodeLayers,
  layerParameters,
  transformerMasks,
  type LayerNames,
  type Transformer,
} from './transformer.ts';

/** A BERT; the keys of Hugging Face's `config.json` of the same names, `positions` is `max_position_embeddings`. */
export interface BertConfig extends EncoderConfig, Transformer {}

/** More than any BERT has, and few enough to list their parameters. */
const mostLayers = 1000;

const embeddings = {
  words: 'bert.embeddings.word_embeddings',
  positions: 'bert.embeddings.position_embeddings',
  types: 'bert.embeddings.token_type_embeddings',
  norm: 'bert.embeddings.LayerNorm',
} as const;

const layerPrefix = (layer: number): string => `bert.encoder.layer.${layer}`;

function layerNames(layer: number): LayerNames {
  const prefix = layerPrefix(layer);
  return {
    query: `${prefix}.attention.self.query`,
    key: `${prefix}.attention.self.key`,
    value: `${prefix}.attention.self.value`,
    attentionOutput: `${prefix}.attention.output.dense`,
    attentionNorm: `${prefix}.attention.output.LayerNorm`,
    intermediate: `${prefix}.intermediate.dense`,
    output: `${prefix}.output.dense`,
    outputNorm: `${prefix}.output.LayerNorm`,
  };
}

const pooler = 'bert.pooler.dense';

/** BERT (Devlin et al. 2019). */
export const bert: Architecture<BertConfig> = {
  modelType: 'bert',
  prefix: 'bert.',
  renamedEndings: { 'LayerNorm.gamma': 'LayerNorm.weight', 'LayerNorm.beta': 'LayerNorm.bias' },
  className: 'Bert',
  headLayers: {
    classifier: 'classifier',
    span: 'qa_outputs',
    maskedLm: {
      dense: 'cls.predictions.transform.dense',
      norm: 'cls.predictions.transform.LayerNorm',
      bias: 'cls.predictions.bias',
    },
    nextSentence: 'cls.seq_relationship',
  },
  fixedSettings: {
    position_embedding_type: { value: 'absolute', expected: '"absolute", the only supported one' },
    ...encoderSettings,
  },
  trainingSettings: new Set([
    'hidden_dropout_prob',
    'attention_probs_dropout_prob',
    'classifier_dropout',
    'initializer_range',
  ]),

  parseConfig(json, source = 'config.json') {
    const fields: ConfigFields = new ConfigFields(json, source);
    fields.fixed(bert.fixedSettings);
    fields.refuseChangedModels();
    const { tokenizer_class: tokenizer, embedding_size: embeddingSize, hidden_size: width } = fields.fields;
    if (!['BertTokenizer', 'BertTokenizerFast'].includes(String(tokenizer ?? 'BertTokenizer'))) {
      fields.refuse('tokenizer_class', '"BertTokenizer", or nothing; say others in tokenizer_config.json');
    }
    if ((embeddingSize ?? width) !== width) fields.refuse('embedding_size', '"hidden_size", or nothing');
    const { model_type: type, architectures: classes } = fields.fields;
    if (type === undefined && Array.isArray(classes)) {
      const isBerts = (name: unknown): boolean => typeof name === 'string' && /^(TF|Flax)?Bert/.test(name);
      if (!classes.every(isBerts)) fields.refuse('architectures', 'classes of BERT');
    }
    const hiddenAct = fields.oneOf('hidden_act', hiddenActivations, 'gelu');
    const hiddenSize = fields.size('hidden_size');
    const numAttentionHeads = fields.size('num_attention_heads');
    if (hiddenSize % numAttentionHeads !== 0) {
      fields.refuse('num_attention_heads', `a divisor of "hidden_size", ${hiddenSize}`);
    }
    const hiddenDropoutProb = fields.rate('hidden_dropout_prob', 0.1);
    return {
      modelType: 'bert',
      vocabSize: fields.size('vocab_size'),
      hiddenSize,
      numHiddenLayers: fields.size('num_hidden_layers', mostLayers),
      numAttentionHeads,
      intermediateSize: fields.size('intermediate_size'),
      positions: fields.size('max_position_embeddings'),
      typeVocabSize: fields.size('type_vocab_size'),
      hiddenAct,
      layerNormEps: fields.positive('layer_norm_eps', 1e-12),
      hiddenDropoutProb,
      attentionProbsDropoutProb: fields.rate('attention_probs_dropout_prob', 0.1),
      classifierDropout: fields.rate('classifier_dropout', hiddenDropoutProb),
      initializerRange: fields.positive('initializer_range', 0.02),
      pooler: true,
    };
  },

  serializeConfig(config) {
    return {
      vocab_size: config.vocabSize,
      hidden_size: config.hiddenSize,
      num_hidden_layers: config.numHiddenLayers,
      num_attention_heads: config.numAttentionHeads,
      intermediate_size: config.intermediateSize,
      max_position_embeddings: config.positions,
      type_vocab_size: config.typeVocabSize,
      hidden_act: config.hiddenAct,
      layer_norm_eps: config.layerNormEps,
      hidden_dropout_prob: config.hiddenDropoutProb,
      attention_probs_dropout_prob: config.attentionProbsDropoutProb,
      classifier_dropout: config.classifierDropout,
      initializer_range: config.initializerRange,
    };
  },

  withoutDropout: (config) => ({ ...config, hiddenDropoutProb: 0, attentionProbsDropoutProb: 0 }),

  encoderParameters(config) {
    const { vocabSize, positions, typeVocabSize, hiddenSize: hidden, numHiddenLayers } = config;
    const { words, positions: positionTable, types, norm } = embeddings;
    const kind = 'embeddings';
    return [
      embeddingParameter({ kind, role: 'word-embeddings' }, words, vocabSize, hidden),
      embeddingParameter({ kind, role: 'position-embeddings' }, positionTable, positions, hidden),
      embeddingParameter({ kind, role: 'token-type-embeddings' }, types, typeVocabSize, hidden),
      ...layerNormParameters({ kind }, norm, hidden),
      ...Array.from({ length: numHiddenLayers }, (_, layer) =>
        layerParameters(config, layer, layerNames(layer)),
      ).flat(),
    ];
  },

  poolerParameters({ hiddenSize }) {
    return linearParameters({ kind: 'pooler', role: 'pooler' }, pooler, hiddenSize, hiddenSize);
  },

  subLayerModule(layer, site) {
    return `${layerPrefix(layer)}.${site === 'attention' ? 'attention.output' : 'output'}`;
  },

  dropoutMasks: transformerMasks,

  encode(parameters, batch, config, options = {}) {
    const embedded = embedTokens(parameters, batch, config, options);
    return encodeEmbedded(parameters, embedded, named(batch, 'attention_mask'), config, options);
  },

  /** tanh of a linear layer of the first token's vector. */
  pool(parameters, states) {
    const [examples, , hidden] = states.shape;
    const first = tf.reshape(tf.slice(states, [0, 0, 0], [examples, 1, hidden]), [examples, hidden]);
    return linear(parameters, pooler, first as tf.Tensor2D, 'tanh');
  },

  rowsRead(inputIds, length, tied) {
    const positions = Int32Array.from({ length }, (_, position) => position);
    const rows = new Map<string, Int32Array>([[`${embeddings.positions}.weight`, positions]]);
    if (!tied) rows.set(`${embeddings.words}.weight`, inputIds);
    return rows;
  },
};

/** The embedding layer: the sum of word, position and token type embeddings, normalised. → [batch, length, hidden] */
function embedTokens(
  parameters: NamedTensors,
  batch: NamedTensors,
  config: BertConfig,
  { masks }: EncodeOptions,
): tf.Tensor3D {
  const ids = named<tf.Tensor2D>(batch, 'input_ids');
  const table = (name: string) => named<tf.Tensor2D>(parameters, `${name}.weight`);
  const tables = {
    words: table(embeddings.words),
    positions: table(embeddings.positions),
    types: table(embeddings.types),
  };
  const sum = embed(ids, named(batch, 'token_type_ids'), tables);
  const normal = layerNorm(parameters, embeddings.norm, sum, config.layerNormEps);
  return tf.reshape(dropEmbeddings(normal, config, masks), [...ids.shape, config.hiddenSize]);
}

/** The layers above the embeddings: x [batch, length, hidden] and the attention mask → as `encode`. */
export function encodeEmbedded(
  parameters: NamedTensors,
  embedded: tf.Tensor3D,
  attentionMask: tf.Tensor,
  config: BertConfig,
  options: EncodeOptions = {},
): tf.Tensor3D {
  return encodeLayers(parameters, embedded, attentionMask, config, layerNames, options);
}
