import type { TensorSpec } from '@diffprune/engine';
import type * as tf from '@diffprune/tfjs-core';
import type { DropoutMask, EncodedTokens, EncoderConfig } from './architecture.ts';
import type { NamedTensors } from './layers.ts';
import type { ParameterSpec } from './parameters.ts';

/** The static sizes that a program is compiled for. */
export interface BatchShape {
  /** Examples in a batch. */
  readonly batch: number;
  /** Tokens of each example, padding included. */
  readonly length: number;
  /** Masked positions of each example: with a head that predicts words only. */
  readonly predictions?: number;
}

/** A batch as the encoder gives it to a head. */
export interface EncodedBatch {
  /** The tokens' vectors, [batch, length, hidden]; of the first tokens alone [batch, 1, hidden]. */
  readonly states: tf.Tensor3D;
  /** The vectors of whole examples, [batch, hidden]. */
  pool(): tf.Tensor2D;
  /** Dropout by the mask of this name, in training. */
  drop(x: tf.Tensor2D, rate: number, mask: string): tf.Tensor2D;
}

/** Labels of rows, by the names of the program's inputs. */
export type Labels = Readonly<Record<string, ArrayLike<number>>>;

/** What a model's files say of its head. */
export interface HeadFiles {
  readonly config: EncoderConfig;
  /** The shape of a tensor by its canonical name; undefined if there is none. */
  shape(name: string): readonly number[] | undefined;
  /** The whole of `config.json`. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A head's name in Hugging Face's files: the class is the architecture's name and this. */
export interface HubHead {
  readonly className: string;
  /** The keys of `config.json` that describe it. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What a head learns from a teacher's outputs for the same rows, beside their labels. */
export interface Distillation<H> {
  /** The teacher's outputs that it reads, under the names that they have as this head's. */
  targets(head: H, shape: BatchShape): Record<string, TensorSpec>;
  /**
   * A scalar, averaged over the rows; 0 where the outputs are the teacher's.
   *
   * @param weights [batch]; rows of weight 0 do not count
   * @param temperature T, by which both sides' scores are divided where they become probabilities
   */
  loss(outputs: NamedTensors, teacher: NamedTensors, weights: tf.Tensor1D, temperature: number): tf.Scalar;
  /** The least loss that the same outputs for every row can have. @param teacher its outputs for all rows */
  constantLoss(teacher: RowTargets, temperature: number): number;
}

/** A teacher's outputs for rows, by their names. */
export type RowTargets = Readonly<Record<string, readonly ArrayLike<number>[]>>;

/** A task's output layer, `H`: all that is known of heads of its kind. */
export interface HeadDefinition<H extends { readonly kind: string } = { readonly kind: string }> {
  readonly kind: H['kind'];
  /** What messages call it. */
  readonly title: string;
  /** The tokens that it reads. One that reads the first alone scores whole examples. */
  readonly tokens: EncodedTokens;
  /** Whether it reads the pooled first token. */
  readonly pooled: boolean;
  /** Whether its output weights are the word embeddings, of which it then reads every row. */
  readonly tied: boolean;

  /**
   * @param labels how many the task has; 0 where it has none
   * @throws RangeError for a number of labels that such a head cannot have
   */
  create(labels: number): H;
  /** Its own parameters, pooler apart; they are of kind `head`. */
  parameters(config: EncoderConfig, head: H): ParameterSpec[];
  /** What it reads of a batch beside the tokens. */
  batchInputs(shape: BatchShape): Record<string, TensorSpec>;
  dropoutMasks(config: EncoderConfig, shape: BatchShape): DropoutMask[];
  /** Its outputs by name. @param inputs parameters and batch */
  outputs(
    encoded: EncodedBatch,
    inputs: NamedTensors,
    config: EncoderConfig,
    head: H,
  ): Record<string, tf.Tensor>;

  /** What its loss reads: labels and their weights. */
  labelInputs(shape: BatchShape): Record<string, TensorSpec>;
  /** A scalar, averaged over what the batch has labels for. */
  loss(outputs: NamedTensors, inputs: NamedTensors): tf.Scalar;
  /** The least loss that the same prediction for every row can have. @param labels of at least one row */
  constantLoss(labels: Labels): number;
  /** How it learns from a teacher with the same head; absent where it cannot. */
  readonly distillation?: Distillation<H>;

  /** The head that a model's files may hold; it is theirs if all its parameters are there. */
  find(files: HeadFiles): H | undefined;
  /** @param labelNames names of its labels in order, as many as it has; `LABEL_0` and so on where they are left out */
  onHub(head: H, labelNames?: readonly string[]): HubHead;
  /** How many labels `config.json` may name for it; undefined where labels are not its own. */
  labelCount(head: H): number | undefined;
}

export function int32(...shape: number[]): TensorSpec {
  return { shape, dtype: 'int32' };
}

export function float32(...shape: number[]): TensorSpec {
  return { shape, dtype: 'float32' };
}
