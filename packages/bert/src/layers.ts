import * as operations from '@diffprune/engine';
import * as tf from '@diffprune/tfjs-core';

/** Activation functions that BERT checkpoints use. */
export const hiddenActivations = ['gelu', 'gelu_new', 'relu'] as const;
export type HiddenActivation = (typeof hiddenActivations)[number];

/** Named tensors: parameters, batch inputs or dropout masks. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** @throws Error naming the tensor if it is not there */
export function named<T extends tf.Tensor>(tensors: NamedTensors, name: string): T {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`the model needs a tensor named "${name}", which was not given`);
  return tensor as T;
}

/** f(x·Wᵀ + b) with `name`'s weight [out, in] and bias [out]: x [rows, in] → [rows, out]. */
export function linear(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor2D,
  activation?: HiddenActivation | 'tanh',
): tf.Tensor2D {
  const weight = named<tf.Tensor2D>(parameters, `${name}.weight`);
  return operations.linear(x, weight, named(parameters, `${name}.bias`), activation);
}

/** Layer normalisation of x, or of residual + x, with `name`'s weight and bias: [rows, size] → [rows, size]. */
export function layerNorm(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor2D,
  epsilon: number,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  const weight = named<tf.Tensor1D>(parameters, `${name}.weight`);
  return operations.layerNorm(x, weight, named(parameters, `${name}.bias`), epsilon, residual);
}

/** Inverted dropout by a mask that is given (entries 0 or 1/(1 - rate)); x itself without masks or at rate 0. */
export function drop<T extends tf.Tensor>(
  x: T,
  rate: number,
  name: string,
  masks: NamedTensors | undefined,
): T {
  return masks && rate > 0 ? (tf.mul(x, named(masks, name)) as T) : x;
}
