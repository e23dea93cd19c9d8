/**
 * fp16 (IEEE 754 binary16) and bf16 (the upper half of an fp32) as 16-bit patterns. Narrowing rounds to nearest,
 * ties to even; NaN stays NaN.
 */
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

function toFloat16(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and up round to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14: adding 0.5 lets the fp32 addition round to a multiple of 2^-24.
    float[0] = Math.abs(value) + 0.5;
    return sign | (word[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

function fromFloat16(bits: number): number {
  word[0] = float16Bits(bits);
  return float[0]!;
}

function float16Bits(bits: number): number {
  const magnitude = bits & 0x7fff;
  const sign = (bits & 0x8000) << 16;
  if (magnitude >= 0x400) {
    return (sign | (magnitude >= 0x7c00 ? 0x7f800000 : 0) | ((magnitude << 13) + 0x38000000)) >>> 0;
  }
  float[0] = magnitude * 2 ** -24;
  return (word[0]! | sign) >>> 0;
}

function toBfloat16(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function fromBfloat16(bits: number): number {
  word[0] = bfloat16Bits(bits);
  return float[0]!;
}

function bfloat16Bits(bits: number): number {
  return (bits << 16) >>> 0;
}

/**
 * Each type's rounding and widening; `bits` widens to the 32 bits of the fp32, which a NaN as a number does not keep
 * (JavaScript's engines may quiet a signalling one, and give any payload).
 */
export const half = {
  float16: { to: toFloat16, from: fromFloat16, bits: float16Bits },
  bfloat16: { to: toBfloat16, from: fromBfloat16, bits: bfloat16Bits },
} as const;
