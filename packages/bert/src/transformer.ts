import { attention } from '@diffprune/engine';
import * as tf from '@diffprune/tfjs-core';
import type { DropoutMask, EncodedTokens, EncodeOptions, EncoderConfig } from './architecture.ts';
import { drop, layerNorm, linear, type NamedTensors } from './layers.ts';
import { layerNormParameters, linearParameters, type ParameterSpec } from './parameters.ts';

/** The names of an encoder layer's parts, without `.weight` and `.bias`. */
export interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly intermediate: string;
  readonly output: string;
  readonly outputNorm: string;
}

/** Layers of self-attention and feed-forward network, each followed by a layer normalisation. */
export interface Transformer extends Pick<
  EncoderConfig,
  'numHiddenLayers' | 'hiddenSize' | 'hiddenAct' | 'layerNormEps'
> {
  /** Divides `hiddenSize`. */
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  /** Dropout rates, in [0, 1); 0 means no dropout there. */
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
}

/** The parameters of layer `layer`. */
export function layerParameters(
  { hiddenSize: hidden, intermediateSize: intermediate }: Transformer,
  layer: number,
  names: LayerNames,
): ParameterSpec[] {
  const place = { kind: 'layer', layer } as const;
  return [
    ...linearParameters({ ...place, role: 'query' }, names.query, hidden, hidden),
    ...linearParameters({ ...place, role: 'key' }, names.key, hidden, hidden),
    ...linearParameters({ ...place, role: 'value' }, names.value, hidden, hidden),
    ...linearParameters({ ...place, role: 'attention-output' }, names.attentionOutput, hidden, hidden),
    ...layerNormParameters(place, names.attentionNorm, hidden),
    ...linearParameters({ ...place, role: 'intermediate' }, names.intermediate, intermediate, hidden),
    ...linearParameters({ ...place, role: 'output' }, names.output, hidden, intermediate),
    ...layerNormParameters(place, names.outputNorm, hidden),
  ];
}

const embeddingsMask = 'dropout.embeddings';
const layerMasks = (layer: number) => ({
  probabilities: `dropout.layer.${layer}.attention.self`,
  attentionOutput: `dropout.layer.${layer}.attention.output`,
  output: `dropout.layer.${layer}.output`,
});

/** The dropout masks of embeddings and layers, in the order in which they are applied; none for a rate of 0. */
export function transformerMasks(
  model: Transformer,
  { batch, length }: { readonly batch: number; readonly length: number },
  tokens: EncodedTokens,
): DropoutMask[] {
  const { hiddenSize, numAttentionHeads: heads, numHiddenLayers } = model;
  const hidden = (name: string, rows: number): DropoutMask => {
    return { name, shape: [batch * rows, hiddenSize], rate: model.hiddenDropoutProb };
  };
  const layers = Array.from({ length: numHiddenLayers }, (_, layer): DropoutMask[] => {
    const rows = tokens === 'first' && layer === numHiddenLayers - 1 ? 1 : length;
    const names = layerMasks(layer);
    const rate = model.attentionProbsDropoutProb;
    return [
      { name: names.probabilities, shape: [batch, heads, rows, length], rate },
      hidden(names.attentionOutput, rows),
      hidden(names.output, rows),
    ];
  });
  return [hidden(embeddingsMask, length), ...layers.flat()].filter(({ rate }) => rate > 0);
}

/** Dropout of the embeddings, [batch·length, hidden]. */
export function dropEmbeddings(
  embedded: tf.Tensor2D,
  { hiddenDropoutProb }: Transformer,
  masks: NamedTensors | undefined,
): tf.Tensor2D {
  return drop(embedded, hiddenDropoutProb, embeddingsMask, masks);
}

/**
 * The layers above the embeddings (the Transformer encoder of Vaswani et al. 2017 with post-layer-norm).
 *
 * @param embedded [batch, length, hidden]
 * @param attentionMask 1 for tokens, 0 for padding, [batch, length]
 * @param names the parts of layer `layer`
 * @returns [batch, length, hidden]; with `tokens: 'first'` [batch, 1, hidden]
 */
export function encodeLayers(
  parameters: NamedTensors,
  embedded: tf.Tensor3D,
  attentionMask: tf.Tensor,
  model: Transformer,
  names: (layer: number) => LayerNames,
  options: EncodeOptions,
): tf.Tensor3D {
  const [examples, length, hidden] = embedded.shape;
  const mask = attentionMask as tf.Tensor2D;
  let states = tf.reshape(embedded, [examples * length, hidden]) as tf.Tensor2D;
  let rows = length;
  for (let layer = 0; layer < model.numHiddenLayers; layer++) {
    let queries = states;
    if (options.tokens === 'first' && layer === model.numHiddenLayers - 1) {
      rows = 1;
      const first = tf.slice(
        tf.reshape(states, [examples, length, hidden]),
        [0, 0, 0],
        [examples, 1, hidden],
      );
      queries = tf.reshape(first, [examples, hidden]);
    }
    const inputs = { queries, states, mask };
    states = encoderLayer(parameters, names(layer), layer, inputs, model, options);
  }
  return tf.reshape(states, [examples, rows, hidden]);
}

interface LayerInputs {
  /** The vectors that the layer transforms, [batch·rows, hidden]. */
  readonly queries: tf.Tensor2D;
  /** All vectors, which it attends to, [batch·length, hidden]. */
  readonly states: tf.Tensor2D;
  /** 1 for tokens, 0 for padding, [batch, length]. */
  readonly mask: tf.Tensor2D;
}

function encoderLayer(
  parameters: NamedTensors,
  names: LayerNames,
  layer: number,
  inputs: LayerInputs,
  model: Transformer,
  { masks, hook }: EncodeOptions,
): tf.Tensor2D {
  const maskNames = layerMasks(layer);
  const { hiddenDropoutProb: rate, layerNormEps: epsilon } = model;

  const context = selfAttention(parameters, names, maskNames.probabilities, inputs, model, masks);
  const projected = linear(parameters, names.attentionOutput, context);
  const droppedAttention = drop(projected, rate, maskNames.attentionOutput, masks);
  const attended = hook ? hook(droppedAttention, layer, 'attention') : droppedAttention;
  const middle = layerNorm(parameters, names.attentionNorm, attended, epsilon, inputs.queries);

  const wide = linear(parameters, names.intermediate, middle, model.hiddenAct);
  const narrow = linear(parameters, names.output, wide);
  const droppedOutput = drop(narrow, rate, maskNames.output, masks);
  const output = hook ? hook(droppedOutput, layer, 'feed-forward') : droppedOutput;
  return layerNorm(parameters, names.outputNorm, output, epsilon, middle);
}

/** Self-attention, → [batch·rows, hidden]. */
function selfAttention(
  parameters: NamedTensors,
  names: LayerNames,
  maskName: string,
  { queries, states, mask }: LayerInputs,
  { numAttentionHeads, attentionProbsDropoutProb }: Transformer,
  masks: NamedTensors | undefined,
): tf.Tensor2D {
  const query = linear(parameters, names.query, queries);
  const key = linear(parameters, names.key, states);
  const value = linear(parameters, names.value, states);
  return attention({ query, key, value }, mask, numAttentionHeads, (probabilities) =>
    drop(probabilities, attentionProbsDropoutProb, maskName, masks),
  );
}
