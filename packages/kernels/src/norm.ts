import { overVectors } from './vectors.ts';

/**
 * Σ x² over an array, in an order that depends on its length alone.
 *
 * @throws KernelError if `x` belongs to no slab
 */
export function squaredNorm(x: Float32Array): number {
  const totals: [number] = [0];
  overVectors({
    ...{ name: 'squaredNorm', kernel: 'squaredNorms', arrays: { x }, written: [], totals },
    numbers: ({ at, count, sums }) => [at.x, count, sums],
  });
  return totals[0];
}
