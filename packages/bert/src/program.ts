import type { TensorFunction, TensorSpec } from '@diffprune/engine';
import type * as tf from '@diffprune/tfjs-core';
import type { DropoutMask, EncoderConfig } from './architecture.ts';
import { architectureOf, encode, pool } from './architectures.ts';
import { float32, int32, type BatchShape } from './head.ts';
import { headDefinition, programParameters, type Head } from './heads.ts';
import { drop, type NamedTensors } from './layers.ts';
import type { ParameterSpec } from './parameters.ts';

/**
 * The model without dropout as one function of named tensors; compile it with `predictInputs(config, head, shape)`.
 *
 * Outputs: `logits` — [batch, labels], for a regression [batch], for a masked LM [batch, predictions, vocabulary] —
 * or, for a span, `start_logits` and `end_logits`, [batch, length]. A pretraining head has `next_sentence_logits`,
 * [batch, 2], beside the masked LM's.
 */
export function predictFunction(config: EncoderConfig, head: Head): TensorFunction {
  return (inputs) => outputs(inputs, config, head, undefined);
}

/** A scalar of a model's outputs, and of inputs such as labels. */
export type Loss = (outputs: NamedTensors, inputs: NamedTensors) => tf.Scalar;

/** A head's own loss, averaged over what the batch has labels for; it reads `labelInputs`. */
export function headLoss(head: Head): Loss {
  return (outputs, inputs) => headDefinition(head).loss(outputs, inputs);
}

/**
 * The model with dropout and its loss: `loss`, a scalar, besides the outputs of {@link predictFunction}; compile it,
 * wrapped in `valueAndGradients`, with `trainInputs(config, head, shape)`.
 *
 * @param loss the head's own unless another is given
 */
export function trainFunction(
  config: EncoderConfig,
  head: Head,
  loss: Loss = headLoss(head),
): TensorFunction {
  return (inputs) => {
    const predicted = outputs(inputs, config, head, inputs);
    return { loss: loss(predicted, inputs), ...predicted };
  };
}

function outputs(
  inputs: NamedTensors,
  config: EncoderConfig,
  head: Head,
  masks: NamedTensors | undefined,
): Record<string, tf.Tensor> {
  const definition = headDefinition(head);
  const states = encode(inputs, inputs, config, { masks, tokens: definition.tokens });
  const encoded = {
    states,
    pool: () => pool(inputs, states, config),
    drop: (x: tf.Tensor2D, rate: number, mask: string) => drop(x, rate, mask, masks),
  };
  return definition.outputs(encoded, inputs, config, head);
}

/**
 * What a program reads of a batch: `input_ids`, `token_type_ids` and `attention_mask`, int32 [batch, length]; with a
 * masked-LM or pretraining head also `masked_positions`, int32 [batch, predictions], the places within each example to
 * predict.
 */
export function batchInputs(head: Head, shape: BatchShape): Record<string, TensorSpec> {
  const tokens = int32(shape.batch, shape.length);
  return {
    input_ids: tokens,
    token_type_ids: tokens,
    attention_mask: tokens,
    ...headDefinition(head).batchInputs(shape),
  };
}

/**
 * What the loss reads besides: `labels` (int32 classes or float32 scores, [batch]) or, for a span,
 * `start_positions` and `end_positions` (int32 [batch]), and `example_weights`, float32 [batch], 0 for padding rows.
 * With a masked-LM head `labels` (int32 token ids) and `label_weights` are [batch, predictions]; a pretraining head
 * reads `next_sentence_labels`, int32 [batch], 0 where the second segment follows the first, and `example_weights` too.
 */
export function labelInputs(head: Head, shape: BatchShape): Record<string, TensorSpec> {
  return headDefinition(head).labelInputs(shape);
}

/** The dropout masks of a training program, in the order in which the model applies them; none for a rate of 0. */
export function dropoutMasks(config: EncoderConfig, head: Head, shape: BatchShape): DropoutMask[] {
  const definition = headDefinition(head);
  return [
    ...architectureOf(config).dropoutMasks(config, shape, definition.tokens),
    ...definition.dropoutMasks(config, shape),
  ];
}

/**
 * Everything that `predictFunction(config, head)` reads: parameters and batch.
 *
 * @throws RangeError if a size is not a positive integer or `length` exceeds the model's positions
 */
export function predictInputs(
  config: EncoderConfig,
  head: Head,
  shape: BatchShape,
): Record<string, TensorSpec> {
  validate(config, shape);
  return { ...specs(programParameters(config, head)), ...batchInputs(head, shape) };
}

/**
 * Everything that `trainFunction(config, head)` reads: parameters, batch, labels and dropout masks.
 *
 * @param labels what the loss reads, the head's own unless another is given
 * @throws RangeError as {@link predictInputs}
 */
export function trainInputs(
  config: EncoderConfig,
  head: Head,
  shape: BatchShape,
  labels: Record<string, TensorSpec> = labelInputs(head, shape),
): Record<string, TensorSpec> {
  return {
    ...predictInputs(config, head, shape),
    ...labels,
    ...specs(dropoutMasks(config, head, shape)),
  };
}

function specs(
  tensors: readonly Pick<ParameterSpec | DropoutMask, 'name' | 'shape'>[],
): Record<string, TensorSpec> {
  return Object.fromEntries(tensors.map(({ name, shape }) => [name, float32(...shape)]));
}

function validate({ positions }: EncoderConfig, shape: BatchShape): void {
  for (const [name, size] of Object.entries(shape)) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`${name} of a batch must be a positive integer, not ${size}`);
    }
  }
  if (shape.length > positions) {
    throw new RangeError(
      `a batch of length ${shape.length} does not fit the model: it has ${positions} positions`,
    );
  }
}

/**
 * The rows of embedding tables that a program with this head reads for a batch, by parameter name, in no order and
 * with repetitions: the loss has no other rows' gradient. All other parameters are read whole; so are the word
 * embeddings where words are predicted, whose output weights they are.
 *
 * @param inputIds [batch, length]
 * @param length tokens of each example, padding included
 */
export function rowsRead(
  config: EncoderConfig,
  head: Head,
  inputIds: Int32Array,
  length: number,
): ReadonlyMap<string, Int32Array> {
  return architectureOf(config).rowsRead(inputIds, length, headDefinition(head).tied);
}
