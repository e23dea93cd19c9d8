import type { StoredTensor } from '@diffprune/tensor-files';
import * as tf from '@tensorflow/tfjs';

/** Numbers compared in this package's tests. */

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return Array.from(a).reduce((largest, x, i) => Math.max(largest, Math.abs(x - b[i]!)), 0);
}

/** ‖values‖₂ */
export function norm(values: ArrayLike<number>): number {
  return Math.hypot(...Array.from(values));
}

/** ‖a − b‖ / ‖b‖ */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return norm(Array.from(a, (x, i) => x - b[i]!)) / norm(b);
}

export function toTensors(stored: ReadonlyMap<string, StoredTensor>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    [...stored].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
}
