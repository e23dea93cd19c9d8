import type { TensorFunction } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { BertConfig } from './config.ts';
import {
  classificationLogits,
  maskedLmLogits,
  nextSentenceLogits,
  regressionLogits,
  spanLogits,
} from './heads.ts';
import { classifierMaskName } from './inputs.ts';
import { named, type NamedTensors } from './layers.ts';
import { crossEntropyLoss, meanSquaredErrorLoss, spanLoss } from './loss.ts';
import { drop, encode, pool } from './model.ts';
import { scoresExamples, type Head } from './parameters.ts';

/**
 * The model without dropout as one function of named tensors; compile it with `predictInputs(config, head, shape)`.
 *
 * Outputs: `logits` — [batch, labels], for a regression [batch], for a masked LM [batch, predictions, vocabulary] —
 * or, for a span, `start_logits` and `end_logits`, [batch, length]. A pretraining head has `next_sentence_logits`,
 * [batch, 2], beside the masked LM's.
 */
export function predictFunction(config: BertConfig, head: Head): TensorFunction {
  return (inputs) => outputs(inputs, config, head, undefined);
}

/**
 * The model with dropout and its loss: `loss`, a scalar, besides the outputs of {@link predictFunction}; compile it,
 * wrapped in `valueAndGradients`, with `trainInputs(config, head, shape)`.
 */
export function trainFunction(config: BertConfig, head: Head): TensorFunction {
  return (inputs) => {
    const predicted = outputs(inputs, config, head, inputs);
    return { loss: loss(predicted, inputs, head), ...predicted };
  };
}

function outputs(
  inputs: NamedTensors,
  config: BertConfig,
  head: Head,
  masks: NamedTensors | undefined,
): Record<string, tf.Tensor> {
  const options = masks ? { masks } : {};
  if (scoresExamples(head)) {
    const pooled = pool(inputs, encode(inputs, inputs, config, { ...options, tokens: 'first' }));
    const dropped = drop(pooled, config.classifierDropout, classifierMaskName, masks);
    const logits = head.kind === 'regression' ? regressionLogits : classificationLogits;
    return { logits: logits(inputs, dropped) };
  }
  const sequenceOutput = encode(inputs, inputs, config, options);
  if (head.kind === 'span') {
    const { start, end } = spanLogits(inputs, sequenceOutput);
    return { start_logits: start, end_logits: end };
  }
  const positions = named<tf.Tensor2D>(inputs, 'masked_positions');
  const logits = maskedLmLogits(inputs, sequenceOutput, positions, config);
  const words = { logits: tf.reshape(logits, [...positions.shape, config.vocabSize]) };
  if (head.kind === 'masked-lm') return words;
  return { ...words, next_sentence_logits: nextSentenceLogits(inputs, pool(inputs, sequenceOutput)) };
}

function loss(predicted: NamedTensors, inputs: NamedTensors, head: Head): tf.Scalar {
  switch (head.kind) {
    case 'classification':
      return crossEntropyLoss(
        named(predicted, 'logits'),
        named(inputs, 'labels'),
        named(inputs, 'example_weights'),
      );
    case 'regression':
      return meanSquaredErrorLoss(
        named(predicted, 'logits'),
        named(inputs, 'labels'),
        named(inputs, 'example_weights'),
      );
    case 'span':
      return spanLoss(
        { start: named(predicted, 'start_logits'), end: named(predicted, 'end_logits') },
        { start: named(inputs, 'start_positions'), end: named(inputs, 'end_positions') },
        named(inputs, 'example_weights'),
      );
    case 'masked-lm': {
      const logits = named<tf.Tensor3D>(predicted, 'logits');
      return crossEntropyLoss(
        tf.reshape(logits, [-1, logits.shape[2]]),
        tf.reshape(named(inputs, 'labels'), [-1]),
        tf.reshape(named(inputs, 'label_weights'), [-1]),
      );
    }
    case 'pretraining':
      return tf.add(
        loss(predicted, inputs, { kind: 'masked-lm' }),
        crossEntropyLoss(
          named(predicted, 'next_sentence_logits'),
          named(inputs, 'next_sentence_labels'),
          named(inputs, 'example_weights'),
        ),
      );
  }
}
