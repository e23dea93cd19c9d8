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
  const magnitude = bits & 0x7fff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (magnitude < 0x400) return sign * magnitude * 2 ** -24;
  word[0] =
    ((bits & 0x8000) << 16) | (magnitude >= 0x7c00 ? 0x7f800000 : 0) | ((magnitude << 13) + 0x38000000);
  return float[0]!;
}

function toBfloat16(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function fromBfloat16(bits: number): number {
  word[0] = bits << 16;
  return float[0]!;
}

/** Each type's rounding and widening. */
export const half = {
  float16: { to: toFloat16, from: fromFloat16 },
  bfloat16: { to: toBfloat16, from: fromBfloat16 },
} as const;
