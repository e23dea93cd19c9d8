import * as tf from '@diffprune/tfjs-core';
import { architectureOf } from './architectures.ts';
import { float32, int32, type HeadDefinition } from './head.ts';
import { linear, named } from './layers.ts';
import { crossEntropyLoss, entropy } from './loss.ts';
import { isTied, maskedLm } from './masked-lm-head.ts';
import { linearParameters } from './parameters.ts';

export interface PretrainingHead {
  readonly kind: 'pretraining';
}

const head: PretrainingHead = { kind: 'pretraining' };
const words = { kind: 'masked-lm' } as const;

/**
 * A masked LM that also tells whether the second segment of an example follows the first (Devlin et al. 2019,
 * section 3.1): `next_sentence_logits` [batch, 2], for "follows" and "does not", beside the masked LM's `logits`.
 */
export const pretraining: HeadDefinition<PretrainingHead> = {
  kind: 'pretraining',
  title: 'a pretraining head (cls.predictions and cls.seq_relationship)',
  tokens: 'all',
  pooled: true,
  tied: true,

  create: () => head,
  parameters(config) {
    const { nextSentence } = architectureOf(config).headLayers;
    const place = { kind: 'head', role: 'head' } as const;
    return [
      ...maskedLm.parameters(config, words),
      ...linearParameters(place, nextSentence, 2, config.hiddenSize),
    ];
  },
  batchInputs: maskedLm.batchInputs,
  dropoutMasks: () => [],
  outputs(encoded, inputs, config) {
    return {
      ...maskedLm.outputs(encoded, inputs, config, words),
      next_sentence_logits: linear(inputs, architectureOf(config).headLayers.nextSentence, encoded.pool()),
    };
  },

  labelInputs: (shape) => ({
    ...maskedLm.labelInputs(shape),
    next_sentence_labels: int32(shape.batch),
    example_weights: float32(shape.batch),
  }),
  loss(outputs, inputs) {
    return tf.add(
      maskedLm.loss(outputs, inputs),
      crossEntropyLoss(
        named(outputs, 'next_sentence_logits'),
        named(inputs, 'next_sentence_labels'),
        named(inputs, 'example_weights'),
      ),
    );
  },
  constantLoss: (labels) => maskedLm.constantLoss(labels) + entropy(labels['next_sentence_labels']!),

  find(files) {
    const { nextSentence } = architectureOf(files.config).headLayers;
    return isTied(files) && files.shape(`${nextSentence}.weight`) ? head : undefined;
  },
  onHub: () => ({ className: 'ForPreTraining' }),
  labelCount: () => undefined,
};
