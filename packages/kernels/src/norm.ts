import { addBlockSums, overVectors } from './vectors.ts';

/**
 * Σ x² over an array, in an order that depends on its length alone.
 *
 * @throws KernelError if `x` lies in no slab
 */
export function squaredNorm(x: Float32Array): number {
  const totals = [0];
  overVectors('squaredNorm', { x }, [], (kernels, at, _, count) => {
    addBlockSums(x.buffer, count, totals, (begin, range, sums) => {
      kernels.squaredNorms(at.x + 4 * begin, range, sums);
    });
  });
  return totals[0]!;
}
