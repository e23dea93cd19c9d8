import type { DiffTensor } from './types.ts';

/**
 * Where a tensor's change is applied to: a typed array, a GPU buffer, a file. Positions are flat row-major
 * indices, ascending.
 */
export interface TensorVisitor {
  /** x[p] = fround(x[p] + v) */
  add(positions: Uint32Array, values: Float32Array): void;
  /** x[p] = v */
  set(positions: Uint32Array, values: Float32Array): void;
  /** x[p] = 0; without positions, x = 0 */
  zero(positions?: Uint32Array): void;
  /** x = v */
  replace(values: Float32Array): void;
}

/** Calls the visitor's methods that make the tensor's change, in order. */
export function visitTensor(tensor: DiffTensor, visitor: TensorVisitor): void {
  const { operation, positions, values } = tensor;
  switch (operation) {
    case 'add':
      return visitor.add(positions, values);
    case 'set':
      return visitor.set(positions, values);
    case 'zero':
      return visitor.zero(positions);
    case 'replace-sparse':
      visitor.zero();
      return visitor.set(positions, values);
    case 'replace-dense':
      return visitor.replace(values);
  }
}
