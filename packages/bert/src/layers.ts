import * as tf from '@tensorflow/tfjs-core';

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

/** y = x·Wᵀ + b with `name`'s weight [out, in] and bias [out]: x [rows, in] → [rows, out]. */
export function linear(parameters: NamedTensors, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const product = tf.matMul(x, named<tf.Tensor2D>(parameters, `${name}.weight`), false, true);
  return tf.add(product, named(parameters, `${name}.bias`));
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016) with `name`'s weight and bias:
 * x [rows, size] → [rows, size].
 */
export function layerNorm(
  parameters: NamedTensors,
  name: string,
  x: tf.Tensor2D,
  epsilon: number,
): tf.Tensor2D {
  const normalize = tf.customGrad((...args) => {
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
  const weight = named(parameters, `${name}.weight`);
  return normalize(x, weight, named(parameters, `${name}.bias`)) as tf.Tensor2D;
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

/** The activation of the intermediate layer, elementwise. */
export function activate(x: tf.Tensor2D, activation: HiddenActivation): tf.Tensor2D {
  switch (activation) {
    case 'gelu':
      return gelu(x) as tf.Tensor2D;
    case 'gelu_new':
      return geluTanh(x) as tf.Tensor2D;
    case 'relu':
      return tf.relu(x);
  }
}

/** x·Φ(x), Φ the standard normal distribution function (Hendrycks & Gimpel 2016); derivative Φ(x) + x·φ(x). */
const gelu = tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
  const phi = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  save([x, phi]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [x, phi] = saved as [tf.Tensor, tf.Tensor];
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return tf.mul(dy, tf.add(phi, tf.mul(x, density)));
  };
  return { value: tf.mul(x, phi), gradFunc };
});

/** GELU's tanh form, ½x(1 + tanh(√(2/π)(x + 0.044715x³))) (Hendrycks & Gimpel 2016). */
const geluTanh = tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
  const scale = Math.sqrt(2 / Math.PI);
  const inner = tf.mul(x, tf.add(tf.mul(tf.square(x), 0.044715 * scale), scale));
  const phi = tf.mul(tf.add(tf.tanh(inner), 1), 0.5);
  save([x, phi]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [x, phi] = saved as [tf.Tensor, tf.Tensor];
    // With phi = ½(1 + tanh v): d phi/dv = 2·phi·(1 − phi).
    const slope = tf.add(tf.mul(tf.square(x), 3 * 0.044715 * scale), scale);
    const bell = tf.mul(tf.mul(phi, tf.sub(1, phi)), 2);
    return tf.mul(dy, tf.add(phi, tf.mul(x, tf.mul(bell, slope))));
  };
  return { value: tf.mul(x, phi), gradFunc };
});
