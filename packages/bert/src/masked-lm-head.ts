import * as tf from '@diffprune/tfjs-core';
import type { EncoderConfig } from './architecture.ts';
import { architectureOf, baseParameters } from './architectures.ts';
import { float32, int32, type BatchShape, type HeadDefinition, type HeadFiles } from './head.ts';
import { layerNorm, linear, named, type NamedTensors } from './layers.ts';
import { crossEntropyLoss, entropy } from './loss.ts';
import { layerNormParameters, linearParameters } from './parameters.ts';

export interface MaskedLmHead {
  readonly kind: 'masked-lm';
}

const head: MaskedLmHead = { kind: 'masked-lm' };

/**
 * Words at masked positions (Devlin et al. 2019, section 3.1): `logits` [batch, predictions, vocabulary]. Its output
 * weights are the word embeddings (tied), so that only its transform and output bias are its own.
 */
export const maskedLm: HeadDefinition<MaskedLmHead> = {
  kind: 'masked-lm',
  title: 'a masked-LM head (cls.predictions)',
  tokens: 'all',
  pooled: false,
  tied: true,

  create: () => head,
  parameters(config) {
    const { hiddenSize: hidden, vocabSize } = config;
    const { dense, norm, bias } = architectureOf(config).headLayers.maskedLm;
    const place = { kind: 'head', role: 'head' } as const;
    return [
      { ...place, name: bias, shape: [vocabSize], decay: false, initial: 'zeros' },
      ...linearParameters(place, dense, hidden, hidden),
      ...layerNormParameters(place, norm, hidden),
    ];
  },
  batchInputs: (shape) => ({ masked_positions: int32(shape.batch, predictions(shape)) }),
  dropoutMasks: () => [],
  outputs({ states }, inputs, config) {
    const positions = named<tf.Tensor2D>(inputs, 'masked_positions');
    const logits = wordScores(inputs, states, positions, config);
    return { logits: tf.reshape(logits, [...positions.shape, config.vocabSize]) };
  },

  labelInputs(shape) {
    const count = predictions(shape);
    return { labels: int32(shape.batch, count), label_weights: float32(shape.batch, count) };
  },
  loss(outputs, inputs) {
    const logits = named<tf.Tensor3D>(outputs, 'logits');
    return crossEntropyLoss(
      tf.reshape(logits, [-1, logits.shape[2]]),
      tf.reshape(named(inputs, 'labels'), [-1]),
      tf.reshape(named(inputs, 'label_weights'), [-1]),
    );
  },
  constantLoss: ({ labels }) => entropy(labels!),

  find(files) {
    const { nextSentence } = architectureOf(files.config).headLayers;
    return isTied(files) && !files.shape(`${nextSentence}.weight`) ? head : undefined;
  },
  onHub: () => ({ className: 'ForMaskedLM' }),
  labelCount: () => undefined,
};

/**
 * A transform of the chosen tokens' vectors against the word embeddings.
 *
 * @param states [batch, length, hidden]
 * @param positions int32 [batch, predictions], each within its example
 * @returns [batch·predictions, vocabulary]
 */
function wordScores(
  parameters: NamedTensors,
  states: tf.Tensor3D,
  positions: tf.Tensor2D,
  config: EncoderConfig,
): tf.Tensor2D {
  const [examples, length, hidden] = states.shape;
  const starts = tf.tensor2d(
    Array.from({ length: examples }, (_, example) => example * length),
    [examples, 1],
    'int32',
  );
  const rows = tf.reshape(tf.add(positions, starts), [-1]) as tf.Tensor1D;
  const chosen = tf.gather(tf.reshape(states, [-1, hidden]) as tf.Tensor2D, rows);
  const { dense, norm, bias } = architectureOf(config).headLayers.maskedLm;
  const transformed = linear(parameters, dense, chosen, config.hiddenAct);
  const normal = layerNorm(parameters, norm, transformed, config.layerNormEps);
  const embeddings = baseParameters(config).find(({ role }) => role === 'word-embeddings')!.name;
  const words = named<tf.Tensor2D>(parameters, embeddings);
  return tf.add(tf.matMul(normal, words, false, true), named(parameters, bias));
}

/** With output weights of its own it would be another head. */
export function isTied({ json }: HeadFiles): boolean {
  return json['tie_word_embeddings'] !== false;
}

function predictions({ predictions: count }: BatchShape): number {
  if (count === undefined)
    throw new RangeError('a masked-LM program needs the number of predictions of an example');
  return count;
}
