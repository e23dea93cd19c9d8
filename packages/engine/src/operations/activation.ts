import * as tf from '@diffprune/tfjs-core';
import type { Activation } from '@diffprune/inference-kernels';

/** An activation function, elementwise. */
export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  switch (activation) {
    case 'none':
      return x;
    case 'gelu':
      return gelu(x) as T;
    case 'gelu_new':
      return geluTanh(x) as T;
    case 'relu':
      return tf.relu(x);
    case 'tanh':
      return tf.tanh(x);
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
