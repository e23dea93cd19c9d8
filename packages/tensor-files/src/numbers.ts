/** Types of stored numbers, by their safetensors names, and the bits that each takes. */
export const numberBits = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
  C64: 64,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;
export type Dtype = keyof typeof numberBits;

/** The types that {@link decodeNumbers} knows. */
export const readableDtypes: readonly Dtype[] = [
  'F64',
  'F32',
  'F16',
  'BF16',
  'I64',
  'I32',
  'I16',
  'I8',
  'U64',
  'U32',
  'U16',
  'U8',
  'BOOL',
];

/**
 * Numbers from their little-endian bytes: floats as float32, an F64 rounded to the nearest; U32 as uint32, other integers
 * and BOOL as int32. F32, I32 and U32 are views of `bytes`, not copies; F16 and BF16 keep every bit, of a NaN too.
 *
 * @param bytes exactly the numbers, at the start of their ArrayBuffer
 * @param refuse called, with the byte offset, for an integer beyond 32 bits, an F64 beyond float32's range, and a type
 *   that is not read; must throw
 */
export function decodeNumbers(
  dtype: Dtype,
  bytes: Uint8Array,
  refuse: (problem: string, byte: number) => never,
): Float32Array | Int32Array | Uint32Array {
  const buffer = bytes.buffer as ArrayBuffer;
  const narrow = (value: bigint, index: number): number =>
    BigInt.asIntN(32, value) === value
      ? Number(value)
      : refuse(`the value ${value} does not fit 32 bits`, (index * numberBits[dtype]) / 8);
  switch (dtype) {
    case 'F64': {
      const wide = new Float64Array(buffer);
      const floats = new Float32Array(wide);
      const lost = floats.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(wide[i]));
      if (lost >= 0) refuse(`the value ${wide[lost]} is beyond the range of float32`, 8 * lost);
      return floats;
    }
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), halfToFloatBits).buffer);
    case 'BF16': {
      // A bfloat16 is the upper half of a float32.
      const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
      return new Float32Array(bits.buffer);
    }
    case 'I32':
      return new Int32Array(buffer);
    case 'I16':
      return Int32Array.from(new Int16Array(buffer));
    case 'I8':
      return Int32Array.from(new Int8Array(buffer));
    case 'U16':
      return Int32Array.from(new Uint16Array(buffer));
    case 'U8':
    case 'BOOL':
      return Int32Array.from(bytes);
    case 'U32':
      return new Uint32Array(buffer);
    case 'I64':
      return Int32Array.from(Array.from(new BigInt64Array(buffer), narrow));
    case 'U64':
      return Int32Array.from(Array.from(new BigUint64Array(buffer), narrow));
    default:
      return refuse(`numbers of type ${dtype}, expected one of ${readableDtypes.join(', ')}`, 0);
  }
}

/** The 32 bits of the float32 of the same value as a half-precision number of these 16; a NaN keeps its payload. */
export function halfToFloatBits(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) return (sign | 0x7f800000 | ((magnitude & 0x3ff) << 13)) >>> 0;
  if (magnitude >= 0x400) return (sign | ((magnitude << 13) + 0x38000000)) >>> 0;
  if (magnitude === 0) return sign >>> 0;
  // below 2^-14: the leading bit of the fraction becomes the implicit one
  const shift = Math.clz32(magnitude) - 21;
  return (sign | ((113 - shift) << 23) | (((magnitude << shift) & 0x3ff) << 13)) >>> 0;
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The value of an IEEE 754 half-precision number from its 16 bits. */
export function halfToFloat(bits: number): number {
  word[0] = halfToFloatBits(bits);
  return float[0]!;
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
