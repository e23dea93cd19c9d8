import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts';
import type { BaseTensor } from './types.ts';
import { bitsOf } from './values.ts';
import type { TensorVisitor } from './visit.ts';

/** The bit patterns of a base's tensor, as they lie in its memory. */
export function storedBits(tensor: BaseTensor): Uint32Array | Uint16Array {
  return 'dtype' in tensor ? tensor.data : bitsOf(tensor.data);
}

/** A base's tensor as a visitor that changes it in place. */
export function storageVisitor(tensor: BaseTensor): TensorVisitor {
  return 'dtype' in tensor ? halfVisitor(tensor) : floatVisitor(tensor.data);
}

function floatVisitor(data: Float32Array): TensorVisitor {
  return {
    add(positions, values) {
      // Storing rounds the sum to fp32.
      for (let i = 0; i < positions.length; i++) data[positions[i]!]! += values[i]!;
    },
    set(positions, values) {
      const to = bitsOf(data);
      const from = bitsOf(values);
      for (let i = 0; i < positions.length; i++) to[positions[i]!] = from[i]!;
    },
    zero: (positions) => zero(data, positions),
    replace: (values) => bitsOf(data).set(bitsOf(values)),
  };
}

/** Sums are made in fp32, then rounded to the storage's type. */
function halfVisitor({ data, dtype }: Extract<BaseTensor, { dtype: string }>): TensorVisitor {
  const [to, from] = dtype === 'float16' ? [toFloat16, fromFloat16] : [toBfloat16, fromBfloat16];
  return {
    add(positions, values) {
      for (let i = 0; i < positions.length; i++) {
        const position = positions[i]!;
        data[position] = to(Math.fround(from(data[position]!) + values[i]!));
      }
    },
    set(positions, values) {
      for (let i = 0; i < positions.length; i++) data[positions[i]!] = to(values[i]!);
    },
    zero: (positions) => zero(data, positions),
    replace(values) {
      for (let i = 0; i < values.length; i++) data[i] = to(values[i]!);
    },
  };
}

function zero(data: Float32Array | Uint16Array, positions: Uint32Array | undefined): void {
  if (positions === undefined) data.fill(0);
  else for (let i = 0; i < positions.length; i++) data[positions[i]!] = 0;
}
