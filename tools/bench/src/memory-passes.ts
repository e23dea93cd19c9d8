import { baseParameters, countParameters, type EncoderConfig } from '@diffprune/bert';

/** Bytes that a method's kernels move for each parameter in a step, each array counted once a pass. */
export const bytesMoved = {
  /** Gradient for its norm; then gradient, θ and two moments read, θ and moments written. */
  full: 4 + 16 + 12,
  /**
   * Gradient, w and α read, the gradients of w and α written; these, w, α and four moments read, all but the gradients
   * written; on the way the base read and θ' written.
   */
  'diff-pruning': 12 + 8 + 32 + 24 + 8,
} as const;

/** Parameters of the base. */
export function parameterCount(config: EncoderConfig): number {
  return countParameters(baseParameters(config));
}

/** Bytes a second that one thread copies between large arrays, reading and writing counted. */
export function copyBandwidth(): number {
  const from = new Float32Array(2 ** 25).fill(1);
  const to = new Float32Array(2 ** 25).fill(2);
  const start = performance.now();
  to.set(from);
  return (2 * from.byteLength) / ((performance.now() - start) / 1000);
}
