import * as tf from '@diffprune/tfjs-core';
import { classNameOfExamples, scoreMasks, scoreParameters, scores, scoresInFiles } from './example-head.ts';
import { float32, type HeadDefinition } from './head.ts';
import { named } from './layers.ts';
import { meanSquaredErrorLoss, variance } from './loss.ts';

export interface RegressionHead {
  readonly kind: 'regression';
}

const head: RegressionHead = { kind: 'regression' };

/** A real value: the pooled first token's score, `logits` [batch], which is to be the label itself. */
export const regression: HeadDefinition<RegressionHead> = {
  kind: 'regression',
  title: 'a regression head',
  tokens: 'first',
  pooled: true,
  tied: false,

  create: () => head,
  parameters: (config) => scoreParameters(config, 1),
  batchInputs: () => ({}),
  dropoutMasks: scoreMasks,
  outputs: (encoded, inputs, config) => ({ logits: tf.reshape(scores(encoded, inputs, config), [-1]) }),

  labelInputs: ({ batch }) => ({ labels: float32(batch), example_weights: float32(batch) }),
  loss(outputs, inputs) {
    return meanSquaredErrorLoss(
      named(outputs, 'logits'),
      named(inputs, 'labels'),
      named(inputs, 'example_weights'),
    );
  },
  constantLoss: ({ labels }) => variance(labels!),
  /** A single score has no distribution that a temperature could soften: its squared distance from the teacher's. */
  distillation: {
    targets: (_, { batch }) => ({ logits: float32(batch) }),
    loss: (outputs, teacher, weights) =>
      meanSquaredErrorLoss(named(outputs, 'logits'), named(teacher, 'logits'), weights),
    constantLoss: ({ logits }) => variance(logits!.map((scores) => scores[0]!)),
  },

  find: (files) => (scoresInFiles(files) === 1 ? head : undefined),
  onHub() {
    const settings = { problem_type: 'regression', num_labels: 1 };
    return { className: classNameOfExamples, settings };
  },
  labelCount: () => 1,
};
