import { half } from './half.ts';
import type { BaseTensor } from './types.ts';
import { bitsOf } from './values.ts';
import type { TensorVisitor } from './visit.ts';

/** The bit patterns of a base's tensor, as they lie in its memory. */
export function storedBits(tensor: BaseTensor): Uint32Array | Uint16Array {
  return 'dtype' in tensor ? tensor.data : bitsOf(tensor.data);
}

/** A base's tensor as a visitor that changes it in place. Sums are made in fp32, then rounded to its type. */
export function storageVisitor(tensor: BaseTensor): TensorVisitor {
  const bits = storedBits(tensor);
  /** Values as bit patterns of the tensor's type. */
  const stored = (values: Float32Array): ArrayLike<number> =>
    'dtype' in tensor ? Uint16Array.from(values, half[tensor.dtype].to) : bitsOf(values);
  const set = (positions: Uint32Array, from: ArrayLike<number>): void => {
    for (let i = 0; i < positions.length; i++) bits[positions[i]!] = from[i]!;
  };
  return {
    add(positions, values) {
      if ('dtype' in tensor) {
        const { from } = half[tensor.dtype];
        set(positions, stored(values.map((value, i) => from(bits[positions[i]!]!) + value)));
      } else {
        // Storing rounds the sum to fp32.
        const { data } = tensor;
        for (let i = 0; i < positions.length; i++) data[positions[i]!]! += values[i]!;
      }
    },
    set: (positions, values) => set(positions, stored(values)),
    zero: (positions) => void (positions ? set(positions, new Uint8Array(positions.length)) : bits.fill(0)),
    replace: (values) => bits.set(stored(values)),
  };
}
