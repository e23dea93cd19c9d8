import * as tf from '@diffprune/tfjs-core';
import { linearStep, type Activation } from '@diffprune/inference-kernels';
import { activate } from './activation.ts';
import { checkShapes, operation, type Operation } from './operation.ts';

export const linearOperation: Operation = {
  name: 'Linear',
  step({ shapes, attributes, out, rows, matrix, vector }) {
    const [[count = 0] = [], [columns = 0, inner = 0] = []] = shapes;
    const shape = { rows: count, columns, inner };
    return linearStep(rows(0), matrix(1), vector(2), out, shape, attributes['activation'] as Activation);
  },
};

/**
 * f(x·Wᵀ + b), a linear layer.
 *
 * @param x [rows, in]
 * @param weight W, [out, in]
 * @param bias b, [out]
 * @param activation f
 * @returns [rows, out]
 * @throws RangeError for other shapes
 */
export function linear(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  activation: Activation = 'none',
): tf.Tensor2D {
  const [columns, inner] = weight.shape;
  const [rows] = x.shape;
  checkShapes('linear', { x: [x, [rows, inner]], bias: [bias, [columns]] });
  const call = {
    inputs: [x, weight, bias],
    shape: [rows, columns],
    attributes: { activation },
  };
  return operation(linearOperation, call, () => {
    const sum: tf.Tensor2D = tf.add(tf.matMul(x, weight, false, true), bias);
    return activate(sum, activation);
  });
}
