import {
  crossEntropyLoss,
  programParameters,
  predictFunction,
  trainInputs,
  type EncoderConfig,
} from '@diffprune/bert';
import type { Engine, TensorFunction } from '@diffprune/engine';
import { Programs } from '@diffprune/inference';
import * as tf from '@diffprune/tfjs-core';
import type { PretrainingBatches } from './pretraining-batches.ts';

/** How well masked tokens and next sentences are predicted. */
export interface PretrainingEvaluation {
  /** Mean cross-entropy of the masked tokens, in nats. */
  readonly loss: number;
  /** Fraction of the masked tokens whose most probable word is the right one. */
  readonly accuracy: number;
  /** Fraction of the rows of which it is told rightly whether the second segment follows the first. */
  readonly nextSentenceAccuracy: number;
}

const head = { kind: 'pretraining' } as const;

/** Scores a model on a text's rows under pairs and masks that are always the same. */
export class PretrainingEvaluator {
  readonly #programs: Programs;
  readonly #weights: Readonly<Record<string, Float32Array>>;

  /** @param weights of the model by name; read anew at each call, so that they may change in between */
  constructor(
    engine: Engine,
    config: EncoderConfig,
    weights: Readonly<Record<string, Float32Array>>,
    readonly batches: PretrainingBatches,
  ) {
    this.#programs = new Programs(engine, scores(config), (length) =>
      trainInputs(config, head, batches.shape(length)),
    );
    const read = programParameters(config, head).map(({ name }) => [name, weights[name]!] as const);
    this.#weights = Object.fromEntries(read);
  }

  async evaluate(): Promise<PretrainingEvaluation> {
    let [loss, correctTokens, tokens, correctRows, rows] = [0, 0, 0, 0, 0];
    for (const { length, inputs, examples } of this.batches.inOrder()) {
      const program = await this.#programs.for(length);
      const outputs = await program.run({ ...this.#weights, ...inputs });
      const count = (inputs['label_weights'] as Float32Array).reduce((sum, weight) => sum + weight, 0);
      loss += outputs['loss']![0]! * count;
      correctTokens += outputs['correct_tokens']![0]!;
      tokens += count;
      correctRows += outputs['correct_rows']![0]!;
      rows += examples;
    }
    return {
      loss: loss / tokens,
      accuracy: correctTokens / tokens,
      nextSentenceAccuracy: correctRows / rows,
    };
  }

  dispose(): Promise<void> {
    return this.#programs.dispose();
  }
}

/**
 * `loss`, averaged over a batch's predictions, `correct_tokens`, the number of right ones, and `correct_rows`, of rows of
 * which it is told rightly whether the second segment follows.
 */
function scores(config: EncoderConfig): TensorFunction {
  const predict = predictFunction(config, head);
  return (inputs) => {
    const predicted = predict(inputs);
    const logits = tf.reshape(predicted['logits']!, [-1, config.vocabSize]) as tf.Tensor2D;
    const labels = tf.reshape(inputs['labels']!, [-1]) as tf.Tensor1D;
    const weights = tf.reshape(inputs['label_weights']!, [-1]) as tf.Tensor1D;
    return {
      loss: crossEntropyLoss(logits, labels, weights),
      correct_tokens: countRight(logits, labels, weights),
      correct_rows: countRight(
        predicted['next_sentence_logits'] as tf.Tensor2D,
        inputs['next_sentence_labels'] as tf.Tensor1D,
        inputs['example_weights'] as tf.Tensor1D,
      ),
    };
  };
}

/** Σ weight over the rows whose greatest logit is their label's. */
function countRight(logits: tf.Tensor2D, labels: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  const right = tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32');
  return tf.sum(tf.mul(weights, right));
}
