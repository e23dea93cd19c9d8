import { kernelCall } from './piece.ts';
import { overVectors } from './vectors.ts';

/**
 * Σ x² over an array, in an order that depends on its length alone.
 *
 * @throws KernelError if `x` belongs to no slab
 */
export function squaredNorm(x: Float32Array): number {
  const totals: [number] = [0];
  const kernels = [{ kernel: 'squaredNorms', numbers: {} }] as const;
  overVectors([kernelCall({ name: 'squaredNorm', kernels, arrays: { x }, written: [], totals })]);
  return totals[0];
}
