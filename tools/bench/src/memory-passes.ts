import { baseParameters, parameterSize, type BertConfig } from '@diffprune/bert';

/** Bytes that a method's kernels move for each parameter in a step, each array counted once a pass. */
export const bytesMoved = {
  /** Gradient for its norm; then gradient, θ and two moments read, θ and moments written. */
  full: 4 + 16 + 12,
  /**
   * Base, w and α read, θ' written; gradient, w and α read for norms; gradient, w, α and four moments read, all but
   * the gradient written.
   */
  'diff-pruning': 12 + 4 + 12 + 28 + 24,
} as const;

/** Parameters of the base. */
export function parameterCount(config: BertConfig): number {
  return baseParameters(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
}

/** Bytes a second that one thread copies between large arrays, reading and writing counted. */
export function copyBandwidth(): number {
  const from = new Float32Array(2 ** 25).fill(1);
  const to = new Float32Array(2 ** 25).fill(2);
  const start = performance.now();
  to.set(from);
  return (2 * from.byteLength) / ((performance.now() - start) / 1000);
}
