import * as tf from '@diffprune/tfjs-core';
import { architectureOf } from './architectures.ts';
import { float32, int32, type HeadDefinition } from './head.ts';
import { linear, named } from './layers.ts';
import { constantDistillationLoss, crossEntropyLoss, distillationLoss, entropy } from './loss.ts';
import { linearParameters } from './parameters.ts';

export interface SpanHead {
  readonly kind: 'span';
}

const head: SpanHead = { kind: 'span' };
const sides = ['start', 'end'] as const;

/**
 * A stretch of the text, as an answer to a question: each token's scores of being its first and its last,
 * `start_logits` and `end_logits` [batch, length] (Devlin et al. 2019, section 4.2).
 */
export const span: HeadDefinition<SpanHead> = {
  kind: 'span',
  title: 'a question-answering head (qa_outputs)',
  tokens: 'all',
  pooled: false,
  tied: false,

  create: () => head,
  parameters(config) {
    const place = { kind: 'head', role: 'head' } as const;
    return linearParameters(place, architectureOf(config).headLayers.span, 2, config.hiddenSize);
  },
  batchInputs: () => ({}),
  dropoutMasks: () => [],
  outputs({ states }, inputs, config) {
    const [examples, length, hidden] = states.shape;
    const rows = tf.reshape(states, [-1, hidden]) as tf.Tensor2D;
    const both = linear(inputs, architectureOf(config).headLayers.span, rows);
    const column = (index: number) =>
      tf.reshape(tf.slice(both, [0, index], [-1, 1]), [examples, length]) as tf.Tensor2D;
    return { start_logits: column(0), end_logits: column(1) };
  },

  labelInputs: ({ batch }) => ({
    start_positions: int32(batch),
    end_positions: int32(batch),
    example_weights: float32(batch),
  }),
  /**
   * The mean of the start's and the end's cross-entropy over the tokens. An example whose position lies outside
   * [0, length), as where truncation cut the answer off, does not count in that term.
   */
  loss(outputs, inputs) {
    const [start, end] = sides.map((side) => {
      const logits = named<tf.Tensor2D>(outputs, `${side}_logits`);
      const position = named<tf.Tensor1D>(inputs, `${side}_positions`);
      const weights = named<tf.Tensor1D>(inputs, 'example_weights');
      const inside = tf.logicalAnd(tf.greaterEqual(position, 0), tf.less(position, logits.shape[1]));
      const clipped = tf.cast(tf.mul(position, tf.cast(inside, 'int32')), 'int32') as tf.Tensor1D;
      const counted = tf.mul(weights, tf.cast(inside, 'float32')) as tf.Tensor1D;
      return crossEntropyLoss(logits, clipped, counted);
    });
    return tf.mul(tf.add(start!, end!), 0.5);
  },
  constantLoss: (labels) => (entropy(labels['start_positions']!) + entropy(labels['end_positions']!)) / 2,
  distillation: {
    targets: (_, { batch, length }) => ({
      start_logits: float32(batch, length),
      end_logits: float32(batch, length),
    }),
    loss(outputs, teacher, weights, temperature) {
      const [start, end] = sides.map((side) => {
        const name = `${side}_logits`;
        return distillationLoss(named(outputs, name), named(teacher, name), weights, temperature);
      });
      return tf.mul(tf.add(start!, end!), 0.5);
    },
    constantLoss(teacher, temperature) {
      const losses = sides.map((side) => constantDistillationLoss(teacher[`${side}_logits`]!, temperature));
      return (losses[0]! + losses[1]!) / 2;
    },
  },

  find: () => head,
  onHub: () => ({ className: 'ForQuestionAnswering' }),
  labelCount: () => undefined,
};
