import * as tf from '@diffprune/tfjs-core';
import { layerNormStep } from '@diffprune/inference-kernels';
import { checkShapes, operation, type Operation } from './operation.ts';

export const layerNormOperation: Operation = {
  name: 'LayerNorm',
  step({ shapes, attributes, out, rows, vector }) {
    const [[count = 0, size = 0] = []] = shapes;
    const { float: epsilon } = attributes['epsilon'] as { readonly float: number };
    const residual = shapes.length > 3 ? rows(3).at : 0;
    return layerNormStep(rows(0), residual, vector(1), vector(2), out, { rows: count, size }, epsilon);
  },
};

/**
 * Layer normalisation over the last axis (Ba et al. 2016), of x or of residual + x.
 *
 * @param x [rows, size]
 * @param weight [size]
 * @param bias [size]
 * @param residual [rows, size]
 * @returns [rows, size]
 * @throws RangeError for other shapes
 */
export function layerNorm(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon: number,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  const [rows, size] = x.shape;
  checkShapes('layerNorm', {
    ...{ x: [x, [rows, size]], weight: [weight, [size]], bias: [bias, [size]] },
    ...(residual && { residual: [residual, x.shape] }),
  });
  const call = {
    inputs: [x, weight, bias, ...(residual ? [residual] : [])],
    shape: x.shape,
    attributes: { epsilon: { float: epsilon } },
  };
  return operation(layerNormOperation, call, () => {
    const sum = residual ? tf.add(residual, x) : x;
    return normalize(sum as tf.Tensor2D, weight, bias, epsilon);
  });
}

function normalize(x: tf.Tensor2D, weight: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number): tf.Tensor2D {
  const normal = tf.customGrad((...args) => {
    const [x, weight, bias] = args as tf.Tensor[] as [tf.Tensor, tf.Tensor, tf.Tensor];
    const save = args[3] as tf.GradSaveFunc;
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)); // 1/σ [rows, 1]
    const unit = tf.mul(centred, inverse);
    save([unit, inverse, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [unit, inverse, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const dUnit = tf.mul(dy, weight);
      // dx = (1/σ)·(d − mean(d) − x̂·mean(d·x̂)) with d = ∂L/∂x̂
      const spread = tf.mul(unit, tf.mean(tf.mul(dUnit, unit), -1, true));
      const dx = tf.mul(inverse, tf.sub(tf.sub(dUnit, tf.mean(dUnit, -1, true)), spread));
      return [dx, tf.sum(tf.mul(dy, unit), 0), tf.sum(dy, 0)];
    };
    return { value: tf.add(tf.mul(unit, weight), bias), gradFunc };
  });
  return normal(x, weight, bias) as tf.Tensor2D;
}
