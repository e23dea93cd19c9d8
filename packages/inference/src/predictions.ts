import type { Prediction, Task } from '@diffprune/glue';

/**
 * What logits say of each row: the most probable class (the first of equals) and the softmax of the logits, or, in a
 * regression, the value itself.
 *
 * @param logits [rows, labels], for a regression [rows]
 * @param indices the rows' identifiers
 */
export function toPredictions(task: Task, logits: Float32Array, indices: readonly string[]): Prediction[] {
  if (task.problemType === 'regression') return indices.map((index, i) => ({ index, value: logits[i]! }));
  const labels = task.labels.length;
  return indices.map((index, i) => {
    const probabilities = softmax(logits.subarray(i * labels, (i + 1) * labels));
    return { index, value: probabilities.indexOf(Math.max(...probabilities)), probabilities };
  });
}

/** e^x_i / Σ e^x, computed in double precision about the largest x. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
