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
}

/** A `config.json` that is malformed or describes a model that this package does not implement. */
export class BertConfigError extends Error {
  override readonly name = 'BertConfigError';
}

/**
 * Reads the fields of a Hugging Face `config.json` (snake_case keys). The sizes must be present; the rest falls
 * back to BERT's own values where an older file leaves it out. Unknown keys are ignored.
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
    throw new BertConfigError(`${source}: "${key}" is ${JSON.stringify(fields[key])}, expected ${expected}`);
  };
  // The first published BERT files carry no model_type at all.
  if ((fields['model_type'] ?? 'bert') !== 'bert') refuse('model_type', '"bert", the only supported one');
  if ((fields['position_embedding_type'] ?? 'absolute') !== 'absolute') {
    refuse('position_embedding_type', '"absolute", the only supported one');
  }
  for (const key of ['is_decoder', 'add_cross_attention']) {
    if (fields[key] ?? false) refuse(key, 'false: only encoders are supported');
  }

  const size = (key: string): number => {
    const value = fields[key];
    if (!Number.isSafeInteger(value) || (value as number) < 1) refuse(key, 'a positive integer');
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
    numHiddenLayers: size('num_hidden_layers'),
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
  };
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
