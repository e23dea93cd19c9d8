import {
  crossEntropyLoss,
  programParameters,
  predictFunction,
  trainInputs,
  type BertConfig,
} from '@diffprune/bert';
import type { Engine, TensorFunction } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import type { MaskedBatches } from './masked-batches.ts';
import { Programs } from './programs.ts';

/** How well masked tokens are predicted. */
export interface MaskedLmEvaluation {
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** Fraction of the masked tokens whose most probable word is the right one. */
  readonly accuracy: number;
}

const head = { kind: 'masked-lm' } as const;

/** Scores a masked language model on a text's rows under masks that are always the same. */
export class MaskedLmEvaluator {
  readonly #programs: Programs;
  readonly #weights: Readonly<Record<string, Float32Array>>;

  /** @param weights of the model by name; read anew at each call, so that they may change in between */
  constructor(
    engine: Engine,
    config: BertConfig,
    weights: Readonly<Record<string, Float32Array>>,
    readonly batches: MaskedBatches,
  ) {
    this.#programs = new Programs(engine, scores(config), (length) =>
      trainInputs(config, head, batches.shape(length)),
    );
    const read = programParameters(config, head).map(({ name }) => [name, weights[name]!] as const);
    this.#weights = Object.fromEntries(read);
  }

  async evaluate(): Promise<MaskedLmEvaluation> {
    let [loss, correct, total] = [0, 0, 0];
    for (const { length, inputs } of this.batches.inOrder()) {
      const program = await this.#programs.for(length);
      const outputs = await program.run({ ...this.#weights, ...inputs });
      const count = (inputs['label_weights'] as Float32Array).reduce((sum, weight) => sum + weight, 0);
      loss += outputs['loss']![0]! * count;
      correct += outputs['correct']![0]!;
      total += count;
    }
    return { loss: loss / total, accuracy: correct / total };
  }

  dispose(): Promise<void> {
    return this.#programs.dispose();
  }
}

/** `loss`, averaged over a batch's predictions, and `correct`, the number of right ones. */
function scores(config: BertConfig): TensorFunction {
  const predict = predictFunction(config, head);
  return (inputs) => {
    const logits = tf.reshape(predict(inputs)['logits']!, [-1, config.vocabSize]) as tf.Tensor2D;
    const labels = tf.reshape(inputs['labels']!, [-1]) as tf.Tensor1D;
    const weights = tf.reshape(inputs['label_weights']!, [-1]) as tf.Tensor1D;
    const right = tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32');
    return { loss: crossEntropyLoss(logits, labels, weights), correct: tf.sum(tf.mul(weights, right)) };
  };
}
