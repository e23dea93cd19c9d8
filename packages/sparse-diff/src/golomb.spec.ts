import fc from 'fast-check';
import { golombDecode, golombEncode, golombLength, golombModulus } from './golomb.ts';

/** The code of a gap as text, straight from its definition. */
function codeOf(gap: number, modulus: number): string {
  const width = Math.ceil(Math.log2(modulus));
  const short = 2 ** width - modulus;
  const remainder = gap % modulus;
  const unary = '0'.repeat(Math.floor(gap / modulus)) + '1';
  if (width === 0) return unary;
  const [value, bits] = remainder < short ? [remainder, width - 1] : [remainder + short, width];
  return unary + (bits === 0 ? '' : value.toString(2).padStart(bits, '0'));
}

const gapsAndModulus = fc.oneof(
  fc.tuple(fc.array(fc.nat(2000), { minLength: 1 }), fc.integer({ min: 1, max: 3000 })),
  fc.tuple(
    fc.array(fc.nat(2 ** 27), { minLength: 1, maxLength: 20 }),
    fc.integer({ min: 2 ** 21, max: 2 ** 32 - 1 }),
  ),
);

describe('Golomb codes', () => {
  it('are those of the definition, and decode to what was encoded', () => {
    fc.assert(
      fc.property(gapsAndModulus, ([gaps, modulus]) => {
        let last = -1;
        const positions = Uint32Array.from(gaps, (gap) => (last += gap + 1));
        const expected = gaps.map((gap) => codeOf(gap, modulus)).join('');
        const bits = golombLength(positions, modulus);
        expect(bits).toBe(expected.length);
        const bytes = golombEncode(positions, modulus, bits);
        const text = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        expect(text).toBe(expected.padEnd(bytes.length * 8, '0'));
        expect(golombDecode(bytes, modulus, gaps.length, last + 1)).toEqual(positions);
        expect(golombDecode(bytes, modulus, gaps.length, last)).toBe(undefined);
      }),
    );
  });

  it('of a worked example', () => {
    // Gaps 3, 0, 7 with m = 3 (b = 2, c = 1): 01 + 0, 1 + 0, 001 + 10.
    const positions = Uint32Array.of(3, 4, 12);
    expect(golombLength(positions, 3)).toBe(10);
    expect(golombEncode(positions, 3, 10)).toEqual(Uint8Array.of(0b01010001, 0b10000000));
  });

  it('refuse bytes that are too short, too long, or end in other bits than zeros', () => {
    const positions = Uint32Array.of(3, 4, 12);
    const decode = (...bytes: number[]) => golombDecode(Uint8Array.from(bytes), 3, 3, 100);
    expect(decode(0b01010001, 0b10000000)).toEqual(positions);
    expect(decode(0b01010001)).toBe(undefined);
    expect(decode(0b01010001, 0b10000000, 0)).toBe(undefined);
    expect(decode(0b01010001, 0b10000001)).toBe(undefined);
    expect(decode(0, 0)).toBe(undefined);
  });

  it('find the modulus that is best for equal probabilities', () => {
    // Gallager and van Voorhis: the least m with (1 - p)^m + (1 - p)^(m + 1) <= 1.
    for (const [gap, best] of [
      [1, 1],
      [9, 7],
      [99, 69],
      [199, 138],
    ] as const) {
      const positions = Uint32Array.from({ length: 400 }, (_, i) => (i + 1) * (gap + 1) - 1);
      const { modulus, bits } = golombModulus(positions, 400 * (gap + 1));
      expect(bits).toBeLessThanOrEqual(golombLength(positions, best));
      expect(golombLength(positions, modulus)).toBe(bits);
    }
  });
});
