import fc from 'fast-check';
import { half } from './half.ts';

/** Value of a binary floating-point pattern, from the definition in IEEE 754. */
function valueOf(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >>> 15 ? -1 : 1;
  const exponent = (bits >>> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each([
  ['float16', half.float16, 5, 10],
  ['bfloat16', half.bfloat16, 8, 7],
] as const)('%s', (_, { to, from }, exponentBits, fractionBits) => {
  it('reads all 65,536 patterns, and writes each back', () => {
    const wrong = [...Array(65_536).keys()].filter((bits) => {
      const value = from(bits);
      if (!Object.is(value, valueOf(bits, exponentBits, fractionBits))) return true;
      return !Number.isNaN(value) && to(value) !== bits;
    });
    expect(wrong).toEqual([]);
    expect(from(to(NaN))).toBe(NaN);
  });

  it('rounds to the nearest, of two equally near to the even one', () => {
    const infinity = to(Infinity);
    const upper = from(infinity - 1);
    const edge = upper + (upper - from(infinity - 2)) / 2;
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ min: -100, max: 100, noNaN: true }), (wide, near) => {
        for (const value of [wide, near, near * 1e-6].map(Math.fround)) {
          const bits = to(value);
          const magnitude = Math.abs(value);
          if (magnitude >= edge) return (bits & 0x7fff) === infinity;
          const error = Math.abs(from(bits) - value);
          for (const other of [bits - 1, bits + 1]) {
            if ((other & 0x7fff) >= infinity || (other ^ bits) & 0x8000) continue;
            const otherError = Math.abs(from(other) - value);
            if (error > otherError || (error === otherError && bits % 2 === 1)) return false;
          }
        }
        return true;
      }),
      { numRuns: 2000 },
    );
  });
});
