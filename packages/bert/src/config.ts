import { excerptJson } from '@diffprune/files';

/** Activation functions that BERT checkpoints use. */
export const hiddenActivations = ['gelu', 'gelu_new', 'relu'] as const;
export type HiddenActivation = (typeof hiddenActivations)[number];

/** Architecture of a BERT encoder, with the meaning of Hugging Face's `config.json` keys of the same name. */
export interface BertConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  /** Divides `hiddenSize`. */
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  readonly hiddenAct: HiddenActivation;
  readonly layerNormEps: number;
  /** Dropout rates, in [0, 1); 0 means no dropout there. */
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  /** On the pooled output, before a classification or regression head. */
  readonly classifierDropout: number;
  /** Standard deviation of freshly initialised weights. */
  readonly initializerRange: number;
  /**
   * Whether the pooler is part of the base. It is not where the files hold none, as those of a masked LM or a
   * question-answering model; a head that scores whole examples then has one of its own.
   */
  readonly pooler: boolean;
}

/** A `config.json` that is malformed or describes a model that this package does not implement. */
export class BertConfigError extends Error {
  override readonly name = 'BertConfigError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/** More than any BERT has, and few enough to list their parameters. */
const mostLayers = 1000;

/** Settings that change what the model computes, with the value that this package implements. */
const fixedSettings: Readonly<Record<string, { value: unknown; expected: string }>> = {
  model_type: { value: 'bert', expected: '"bert", the only supported one' },
  position_embedding_type: { value: 'absolute', expected: '"absolute", the only supported one' },
  is_decoder: { value: false, expected: 'false: only encoders are supported' },
  is_encoder_decoder: { value: false, expected: 'false: only encoders are supported' },
  add_cross_attention: { value: false, expected: 'false: only encoders are supported' },
};

/**
 * Reads the fields of a Hugging Face `config.json` (snake_case keys). The sizes must be present; the rest falls
 * back to BERT's own values where an older file leaves it out. Keys that do not change what the model computes are
 * ignored.
 *
 * @param json the parsed file
 * @param source what to call it in messages, usually its path
 * @throws BertConfigError naming the key, the value found and what is supported
 */
export function parseConfig(json: unknown, source = 'config.json'): BertConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new BertConfigError(`${source}: expected a JSON object`);
  }
  const fields = json as Record<string, unknown>;
  const refuse = (key: string, expected: string): never => {
    throw new BertConfigError(`${source}: "${key}" is ${excerptJson(fields[key])}, expected ${expected}`);
  };
  // Most files leave most of these out; the first published ones have no model_type at all.
  for (const [key, { value, expected }] of Object.entries(fixedSettings)) {
    if ((fields[key] ?? value) !== value) refuse(key, expected);
  }
  refuseOtherModels(fields, refuse);

  const size = (key: string, most = Infinity): number => {
    const value = fields[key];
    if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > most) {
      refuse(key, most === Infinity ? 'a positive integer' : `an integer from 1 to ${most}`);
    }
    return value as number;
  };
  const real = (key: string, fallback: number, fits: (x: number) => boolean, expected: string): number => {
    const value = fields[key] ?? fallback;
    if (typeof value !== 'number' || !fits(value)) refuse(key, expected);
    return value as number;
  };
  const rate = (key: string, fallback: number) =>
    real(key, fallback, (x) => x >= 0 && x < 1, 'a number of at least 0 and below 1');
  const positive = (key: string, fallback: number) =>
    real(key, fallback, (x) => x > 0 && x < Infinity, 'a positive number');

  const hiddenAct = (fields['hidden_act'] ?? 'gelu') as HiddenActivation;
  if (!hiddenActivations.includes(hiddenAct)) refuse('hidden_act', `one of ${hiddenActivations.join(', ')}`);
  const hiddenSize = size('hidden_size');
  const numAttentionHeads = size('num_attention_heads');
  if (hiddenSize % numAttentionHeads !== 0) {
    refuse('num_attention_heads', `a divisor of "hidden_size", ${hiddenSize}`);
  }
  const hiddenDropoutProb = rate('hidden_dropout_prob', 0.1);
  return {
    vocabSize: size('vocab_size'),
    hiddenSize,
    numHiddenLayers: size('num_hidden_layers', mostLayers),
    numAttentionHeads,
    intermediateSize: size('intermediate_size'),
    maxPositionEmbeddings: size('max_position_embeddings'),
    typeVocabSize: size('type_vocab_size'),
    hiddenAct,
    layerNormEps: positive('layer_norm_eps', 1e-12),
    hiddenDropoutProb,
    attentionProbsDropoutProb: rate('attention_probs_dropout_prob', 0.1),
    classifierDropout: rate('classifier_dropout', hiddenDropoutProb),
    initializerRange: positive('initializer_range', 0.02),
    pooler: true,
  };
}

/** Refuses what a `model_type` of "bert", or none, does not tell: models that are changed, or defined elsewhere. */
function refuseOtherModels(
  fields: Readonly<Record<string, unknown>>,
  refuse: (key: string, expected: string) => never,
): void {
  const isEmpty = (value: unknown): boolean => Object.keys((value ?? {}) as object).length === 0;
  if (!isEmpty(fields['pruned_heads']))
    refuse('pruned_heads', 'none: models without some heads are not supported');
  if (!isEmpty(fields['quantization_config']))
    refuse('quantization_config', 'none: load the model as it was before');
  const code = Object.keys((fields['auto_map'] ?? {}) as object);
  if (code.some((name) => name.startsWith('AutoModel'))) {
    refuse('auto_map', 'none: the model is defined by code of its own, which is not run');
  }
  if (
    !['BertTokenizer', 'BertTokenizerFast'].includes(String(fields['tokenizer_class'] ?? 'BertTokenizer'))
  ) {
    refuse('tokenizer_class', '"BertTokenizer", or nothing; say others in tokenizer_config.json');
  }
  const embeddingSize = fields['embedding_size'] ?? fields['hidden_size'];
  if (embeddingSize !== fields['hidden_size']) refuse('embedding_size', '"hidden_size", or nothing');
  const classes = fields['architectures'];
  if (fields['model_type'] === undefined && Array.isArray(classes)) {
    const isBerts = (name: unknown): boolean => typeof name === 'string' && /^(TF|Flax)?Bert/.test(name);
    if (!classes.every(isBerts)) refuse('architectures', 'classes of BERT');
  }
}

/** The inverse of {@link parseConfig}: the keys and values of a Hugging Face `config.json`. */
export function serializeConfig(config: BertConfig): Record<string, unknown> {
  return {
    model_type: 'bert',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositionEmbeddings,
    type_vocab_size: config.typeVocabSize,
    hidden_act: config.hiddenAct,
    layer_norm_eps: config.layerNormEps,
    hidden_dropout_prob: config.hiddenDropoutProb,
    attention_probs_dropout_prob: config.attentionProbsDropoutProb,
    classifier_dropout: config.classifierDropout,
    initializer_range: config.initializerRange,
  };
}

/** Keys of a `config.json` that matter in training alone. */
const trainingSettings = new Set([
  'hidden_dropout_prob',
  'attention_probs_dropout_prob',
  'classifier_dropout',
  'initializer_range',
]);

/** A key of `config.json` that two models have different values for. */
export interface ConfigDifference {
  readonly key: string;
  readonly found: unknown;
  readonly expected: unknown;
}

/**
 * The first setting by which models of equal weights compute something else.
 *
 * @param settings keys and values as {@link serializeConfig} gives them; what is left out is taken to be the same, and
 *   what matters in training alone is not compared
 */
export function configDifference(
  config: BertConfig,
  settings: Readonly<Record<string, unknown>>,
): ConfigDifference | undefined {
  const fixed = Object.entries(fixedSettings).map(([key, { value }]) => [key, value] as const);
  const own = { ...Object.fromEntries(fixed), ...serializeConfig(config) };
  const key = Object.keys(own).find(
    (key) => Object.hasOwn(settings, key) && !trainingSettings.has(key) && settings[key] !== own[key],
  );
  return key === undefined ? undefined : { key, found: own[key], expected: settings[key] };
}
