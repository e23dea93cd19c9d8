import { TensorError } from './errors.ts';
import { half } from './half.ts';
import type { StoredCoding, ValueCoding } from './types.ts';

const halfType = { fp16: 'float16', bf16: 'bfloat16' } as const;
/** Values that share a scale. */
const blockSize = { int8: 64, int4: 32 } as const;
/** Largest integer that a value is rounded to; the smallest is its negative. */
const largest = { int8: 127, int4: 7 } as const;

/** Bytes that `count` values take. */
export function valueBytes(coding: StoredCoding, count: number): number {
  switch (coding) {
    case 'fp32':
      return 4 * count;
    case 'fp16':
    case 'bf16':
      return 2 * count;
    case 'scaledFp16':
      return 2 + 2 * count;
    case 'int8':
      return 2 * Math.ceil(count / blockSize.int8) + count;
    case 'int4':
      return 2 * Math.ceil(count / blockSize.int4) + Math.ceil(count / 2);
    case 'sign':
      return 4 + Math.ceil(count / 8);
  }
}

/**
 * The coding that values are stored in where one is asked for. fp16 has no numbers from 65520 up, and below 2^-14 only
 * multiples of 2^-24: where such values are many enough to cost a tensor more than rounding to 11 bits can, it gets a
 * scale.
 */
export function storedCoding(values: Float32Array, asked: ValueCoding): StoredCoding {
  if (asked !== 'fp16') return asked;
  const { to, from } = half.float16;
  let errors = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    errors += (from(to(value)) - value) ** 2;
    squares += value ** 2;
  }
  return errors > squares * 2 ** -22 ? 'scaledFp16' : 'fp16';
}

/** The power of two that brings the largest of the finite values to 2^14 up to 2^15, as far as a bf16 can be it. */
function powerScale(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  const exponent = (bitsOf(Float32Array.of(largest))[0]! >>> 23) - 127;
  return 2 ** Math.max(exponent - 14, -126);
}

/**
 * Values as bytes, little-endian. `int8` and `int4`: first a bf16 scale for each block of 64 or 32 values, then
 * the integers, two's complement (`int4`: the first of two in the low half of a byte); value = integer x scale.
 * `scaledFp16`: a bf16 scale, a power of two, then fp16 numbers; value = number x scale.
 * `sign`: an fp32 scale, the mean magnitude, then a bit for each value from the lowest up, set for -scale.
 *
 * @throws TensorError for a NaN, an infinity or a magnitude that the coding cannot express
 */
export function encodeValues(values: Float32Array, coding: StoredCoding, name: string): Uint8Array {
  const bytes = new Uint8Array(valueBytes(coding, values.length));
  const view = new DataView(bytes.buffer);
  if (coding === 'int8' || coding === 'int4' || coding === 'sign') {
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) fail(name, coding, values, i);
  }
  switch (coding) {
    case 'fp32':
      new Uint32Array(bytes.buffer).set(bitsOf(values));
      break;
    case 'fp16':
    case 'bf16': {
      const { to } = half[halfType[coding]];
      for (let i = 0; i < values.length; i++) {
        const bits = to(values[i]!);
        if ((bits & 0x7fff) === to(Infinity) && Number.isFinite(values[i])) fail(name, coding, values, i);
        view.setUint16(2 * i, bits, true);
      }
      break;
    }
    case 'scaledFp16': {
      const scale = powerScale(values);
      view.setUint16(0, half.bfloat16.to(scale), true);
      for (let i = 0; i < values.length; i++) {
        view.setUint16(2 + 2 * i, half.float16.to(values[i]! / scale), true);
      }
      break;
    }
    case 'int8':
    case 'int4':
      encodeIntegers(values, coding, bytes, view);
      break;
    case 'sign': {
      let sum = 0;
      for (let i = 0; i < values.length; i++) {
        sum += Math.abs(values[i]!);
        if (values[i]! < 0) bytes[4 + (i >>> 3)]! |= 1 << (i & 7);
      }
      view.setFloat32(0, values.length > 0 ? sum / values.length : 0, true);
    }
  }
  return bytes;
}

function encodeIntegers(
  values: Float32Array,
  coding: 'int8' | 'int4',
  bytes: Uint8Array,
  view: DataView,
): void {
  const block = blockSize[coding];
  const limit = largest[coding];
  const start = 2 * Math.ceil(values.length / block);
  for (let first = 0; first < values.length; first += block) {
    const end = Math.min(first + block, values.length);
    let magnitude = 0;
    for (let i = first; i < end; i++) {
      magnitude = Math.max(magnitude, Math.abs(values[i]!));
    }
    // Rounded up, so that the largest value does not leave the integers' range.
    let scaleBits = half.bfloat16.to(magnitude / limit);
    if (half.bfloat16.from(scaleBits) * limit < magnitude) scaleBits++;
    const scale = half.bfloat16.from(scaleBits);
    view.setUint16(2 * (first / block), scaleBits, true);
    for (let i = first; i < end; i++) {
      // In a block of zeros 0 / 0, which is stored as 0.
      const integer = Math.round(values[i]! / scale);
      if (coding === 'int8') bytes[start + i] = integer;
      else bytes[start + (i >>> 1)]! |= (integer & 15) << (4 * (i & 1));
    }
  }
}

/**
 * Undoes `encodeValues`, up to the coding's rounding.
 *
 * @param bytes as many as `valueBytes(coding, count)`
 */
export function decodeValues(bytes: Uint8Array, coding: StoredCoding, count: number): Float32Array {
  const values = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (coding) {
    case 'fp32':
      new Uint8Array(values.buffer).set(bytes);
      break;
    case 'fp16':
    case 'bf16': {
      const { from } = half[halfType[coding]];
      for (let i = 0; i < count; i++) values[i] = from(view.getUint16(2 * i, true));
      break;
    }
    case 'scaledFp16': {
      const scale = half.bfloat16.from(view.getUint16(0, true));
      for (let i = 0; i < count; i++) values[i] = half.float16.from(view.getUint16(2 + 2 * i, true)) * scale;
      break;
    }
    case 'int8':
    case 'int4': {
      const block = blockSize[coding];
      const start = 2 * Math.ceil(count / block);
      for (let i = 0; i < count; i++) {
        const scale = half.bfloat16.from(view.getUint16(2 * Math.floor(i / block), true));
        const integer =
          coding === 'int8'
            ? view.getInt8(start + i)
            : (bytes[start + (i >>> 1)]! << (i & 1 ? 24 : 28)) >> 28;
        values[i] = integer * scale;
      }
      break;
    }
    case 'sign': {
      const scale = count > 0 ? view.getFloat32(0, true) : 0;
      for (let i = 0; i < count; i++) values[i] = (bytes[4 + (i >>> 3)]! >>> (i & 7)) & 1 ? -scale : scale;
    }
  }
  return values;
}

/** The bit patterns of fp32 numbers: copying these, not numbers, keeps every NaN as it is. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function fail(name: string, coding: StoredCoding, values: Float32Array, index: number): never {
  throw new TensorError(
    name,
    `value ${values[index]} (number ${index}) cannot be stored as ${coding}: choose fp32`,
  );
}
