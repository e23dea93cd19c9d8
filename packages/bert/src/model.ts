import * as tf from '@tensorflow/tfjs-core';
import type { BertConfig } from './config.ts';
import { embeddingsMaskName, layerMaskNames } from './inputs.ts';
import { activate, layerNorm, linear, named, type NamedTensors } from './layers.ts';

/** How {@link encode} runs. */
export interface EncodeOptions {
  /** Dropout masks by name (see `dropoutMasks`); without them nothing is dropped. */
  readonly masks?: NamedTensors;
  /**
   * Which tokens' vectors to return. With `first` (the [CLS] token alone) the last layer computes only what that
   * token needs: the same numbers, for much less work in a shallow model.
   */
  readonly tokens?: 'all' | 'first';
}

/**
 * The BERT encoder (Devlin et al. 2019; the Transformer encoder of Vaswani et al. 2017 with post-layer-norm).
 *
 * @param parameters tensors under their Hugging Face names
 * @param batch `input_ids`, `token_type_ids` and `attention_mask` (1 for tokens, 0 for padding), int32 [batch, length]
 * @returns the last hidden states, [batch, length, hidden]; with `tokens: 'first'` [batch, 1, hidden]
 * @throws Error naming a tensor that is missing
 */
export function encode(
  parameters: NamedTensors,
  batch: NamedTensors,
  config: BertConfig,
  options: EncodeOptions = {},
): tf.Tensor3D {
  const embedded = embed(parameters, batch, config, options);
  return encodeEmbedded(parameters, embedded, named(batch, 'attention_mask'), config, options);
}

/** The embedding layer: the sum of word, position and token type embeddings, normalised. → [batch, length, hidden] */
export function embed(
  parameters: NamedTensors,
  batch: NamedTensors,
  config: BertConfig,
  { masks }: EncodeOptions = {},
): tf.Tensor3D {
  const ids = named<tf.Tensor2D>(batch, 'input_ids');
  const [examples, length] = ids.shape;
  const { hiddenSize: hidden, typeVocabSize } = config;
  const table = (name: string) => named<tf.Tensor2D>(parameters, `bert.embeddings.${name}.weight`);

  const words = tf.gather(table('word_embeddings'), ids); // [batch, length, hidden]
  const positions = tf.slice(table('position_embeddings'), [0, 0], [length, hidden]);
  // As a product with one-hot rows, so that its gradient is a product too rather than a scatter.
  const ids1d = tf.reshape(named(batch, 'token_type_ids'), [-1]);
  const types =
    typeVocabSize > 1
      ? tf.oneHot(ids1d, typeVocabSize, 1, 0, 'float32')
      : tf.reshape(tf.sub(1, tf.cast(ids1d, 'float32')), [-1, 1]); // oneHot has at least two; all ids are 0
  const typed = tf.matMul(types as tf.Tensor2D, table('token_type_embeddings')); // [batch·length, hidden]

  const sum = tf.add(tf.reshape(tf.add(words, positions), [examples * length, hidden]), typed) as tf.Tensor2D;
  const normal = layerNorm(parameters, 'bert.embeddings', sum, config.layerNormEps);
  const dropped = drop(normal, config.hiddenDropoutProb, embeddingsMaskName, masks);
  return tf.reshape(dropped, [examples, length, hidden]);
}

/** The layers above the embeddings: x [batch, length, hidden] and the attention mask → as {@link encode}. */
export function encodeEmbedded(
  parameters: NamedTensors,
  embedded: tf.Tensor3D,
  attentionMask: tf.Tensor,
  config: BertConfig,
  { masks, tokens = 'all' }: EncodeOptions = {},
): tf.Tensor3D {
  const [examples, length, hidden] = embedded.shape;
  // 0 for tokens, -10000 for padding: after the softmax exactly 0. [batch, 1, 1, length]
  const mask = tf.cast(tf.reshape(attentionMask, [examples, 1, 1, length]), 'float32');
  const bias = tf.mul(tf.sub(mask, 1), 10000);

  let states = tf.reshape(embedded, [examples * length, hidden]) as tf.Tensor2D;
  let rows = length;
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    let queries = states;
    if (tokens === 'first' && layer === config.numHiddenLayers - 1) {
      rows = 1;
      const first = tf.slice(
        tf.reshape(states, [examples, length, hidden]),
        [0, 0, 0],
        [examples, 1, hidden],
      );
      queries = tf.reshape(first, [examples, hidden]);
    }
    states = encoderLayer(parameters, layer, { queries, states, bias, rows, length }, config, masks);
  }
  return tf.reshape(states, [examples, rows, hidden]);
}

interface LayerInputs {
  /** The vectors that the layer transforms, [batch·rows, hidden]. */
  readonly queries: tf.Tensor2D;
  /** All vectors, which it attends to, [batch·length, hidden]. */
  readonly states: tf.Tensor2D;
  readonly bias: tf.Tensor;
  readonly rows: number;
  readonly length: number;
}

function encoderLayer(
  parameters: NamedTensors,
  layer: number,
  inputs: LayerInputs,
  config: BertConfig,
  masks: NamedTensors | undefined,
): tf.Tensor2D {
  const prefix = `bert.encoder.layer.${layer}`;
  const maskNames = layerMaskNames(layer);
  const { hiddenDropoutProb: rate, layerNormEps: epsilon } = config;

  const context = selfAttention(parameters, prefix, maskNames.probabilities, inputs, config, masks);
  const projected = linear(parameters, `${prefix}.attention.output.dense`, context);
  const attended = tf.add(
    inputs.queries,
    drop(projected, rate, maskNames.attentionOutput, masks),
  ) as tf.Tensor2D;
  const middle = layerNorm(parameters, `${prefix}.attention.output`, attended, epsilon);

  const wide = activate(linear(parameters, `${prefix}.intermediate.dense`, middle), config.hiddenAct);
  const narrow = linear(parameters, `${prefix}.output.dense`, wide);
  const sum = tf.add(middle, drop(narrow, rate, maskNames.output, masks)) as tf.Tensor2D;
  return layerNorm(parameters, `${prefix}.output`, sum, epsilon);
}

/** Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2) → [batch·rows, hidden]. */
function selfAttention(
  parameters: NamedTensors,
  prefix: string,
  maskName: string,
  { queries, states, bias, rows, length }: LayerInputs,
  config: BertConfig,
  masks: NamedTensors | undefined,
): tf.Tensor2D {
  const { hiddenSize, numAttentionHeads: heads } = config;
  const size = hiddenSize / heads;
  const split = (x: tf.Tensor, rows: number) =>
    tf.transpose(tf.reshape(x, [-1, rows, heads, size]), [0, 2, 1, 3]) as tf.Tensor4D; // [batch, heads, rows, size]
  const project = (name: string, x: tf.Tensor2D) => linear(parameters, `${prefix}.attention.self.${name}`, x);

  // The scale 1/√size on the queries rather than on the much larger scores.
  const query = split(tf.mul(project('query', queries), 1 / Math.sqrt(size)), rows);
  const key = split(project('key', states), length);
  const value = split(project('value', states), length);
  const scores = tf.add(tf.matMul(query, key, false, true), bias); // [batch, heads, rows, length]
  const probabilities = drop(tf.softmax(scores), config.attentionProbsDropoutProb, maskName, masks);
  const context = tf.transpose(tf.matMul(probabilities, value), [0, 2, 1, 3]);
  return tf.reshape(context, [-1, hiddenSize]);
}

/** The pooler: tanh of a linear layer of the first token's vector. [batch, rows, hidden] → [batch, hidden] */
export function pool(parameters: NamedTensors, sequenceOutput: tf.Tensor3D): tf.Tensor2D {
  const [examples, , hidden] = sequenceOutput.shape;
  const first = tf.reshape(tf.slice(sequenceOutput, [0, 0, 0], [examples, 1, hidden]), [examples, hidden]);
  return tf.tanh(linear(parameters, 'bert.pooler.dense', first as tf.Tensor2D));
}

/** Inverted dropout by a mask that is given (entries 0 or 1/(1 - rate)); x itself without masks or at rate 0. */
export function drop<T extends tf.Tensor>(
  x: T,
  rate: number,
  name: string,
  masks: NamedTensors | undefined,
): T {
  return masks && rate > 0 ? (tf.mul(x, named(masks, name)) as T) : x;
}
