/** What halves are; assembly/half.ts has the same numbers. */
export const halfFormats = { f16: 1, bf16: 2 } as const;
export type HalfFormat = keyof typeof halfFormats;

/** Bytes in front of halves. */
export const halfHead = 64;

/** A half as a number. @param bits of 16 */
export function fromHalf(bits: number, format: HalfFormat): number {
  if (format === 'bf16') {
    word[0] = bits << 16;
    return float[0]!;
  }
  const [sign, exponent, digits] = [bits >>> 15 ? -1 : 1, (bits >>> 10) & 31, bits & 1023];
  return sign * (exponent === 0 ? digits * 2 ** -24 : (1024 + digits) * 2 ** (exponent - 25));
}
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The format of halves that hold all of some numbers exactly, as they do where they come from a file of halves. */
export function halfFormat(values: Float32Array): HalfFormat | undefined {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (words.every((bits) => (bits & 0xffff) === 0 && isFinite(bits))) return 'bf16';
  return words.every(isBinary16) ? 'f16' : undefined;
}

const isFinite = (bits: number): boolean => (bits & 0x7f800000) !== 0x7f800000;

function isBinary16(bits: number, i: number, words: Uint32Array): boolean {
  const size = bits & 0x7fffffff;
  if (size >= 113 << 23) return (size & 0x1fff) === 0 && size < 143 << 23;
  word[0] = words[i]!;
  return Number.isInteger(float[0]! * 2 ** 24);
}
