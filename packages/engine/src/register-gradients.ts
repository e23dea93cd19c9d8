import * as tf from '@diffprune/tfjs-core';
import { gradients } from './generated/gradients.js';

/** Registers TensorFlow.js's gradients, but for kernels that have one: of @tensorflow/tfjs, or the caller's own. */
export function registerGradients(): void {
  for (const gradient of gradients) {
    if (tf.getGradient(gradient.kernelName) === undefined) tf.registerGradient(gradient);
  }
}
