/** Types of stored numbers, by their safetensors names, and the bytes that each takes. */
export const numberBytes = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8 } as const;
export type Dtype = keyof typeof numberBytes;

/**
 * Numbers from their little-endian bytes: F32, F16 and BF16 as float32, I32 and I64 as int32. F32 and I32 are views
 * of `bytes`, not copies.
 *
 * @param bytes exactly the numbers, at the start of their ArrayBuffer
 * @param refuse called with the byte offset for an I64 value beyond 32 bits; must throw
 */
export function decodeNumbers(
  dtype: Dtype,
  bytes: Uint8Array,
  refuse: (problem: string, byte: number) => never,
): Float32Array | Int32Array {
  const buffer = bytes.buffer as ArrayBuffer;
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    case 'BF16': {
      // A bfloat16 is the upper half of a float32.
      const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
      return new Float32Array(bits.buffer);
    }
    case 'I32':
      return new Int32Array(buffer);
    case 'I64': {
      const narrow = (value: bigint, index: number): number =>
        BigInt.asIntN(32, value) === value
          ? Number(value)
          : refuse(`the value ${value} does not fit 32 bits`, 8 * index);
      return Int32Array.from(Array.from(new BigInt64Array(buffer), narrow));
    }
  }
}

/** The value of an IEEE 754 half-precision number from its 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The 16 bits of the half-precision number nearest to a value; of two equally near, the even one. */
export function floatToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00; // halfway from the greatest number to the next power of two
  // the distance of neighbours: 2^-10 of the power of two below the value, at least 2^-24
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = roundToEven(magnitude / 2 ** (exponent - 10));
  return sign | (steps + ((exponent + 14) << 10));
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
