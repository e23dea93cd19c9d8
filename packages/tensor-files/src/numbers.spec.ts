import fc from 'fast-check';
import { decodeNumbers, floatToHalf, halfToFloat, halfToFloatBits } from './numbers.ts';

it('halfToFloat reads every half-precision number as the standard defines it', () => {
  // IEEE 754 binary16 by its neighbours: positive numbers grow by one unit in the last place with their bits.
  const wrong = Array.from({ length: 0x7bff }, (_, bits) => bits).filter((bits) => {
    const ulp = 2 ** (Math.max(1, bits >> 10) - 25);
    const step = halfToFloat(bits + 1) - halfToFloat(bits);
    return step !== ulp || !Object.is(halfToFloat(bits | 0x8000), -halfToFloat(bits));
  });
  expect(wrong).toEqual([]);
  expect([0, 0x7c00, 0xfc00].map(halfToFloat)).toEqual([0, Infinity, -Infinity]);
  expect(halfToFloat(0x3c00)).toBe(1);
  expect(halfToFloat(0x7bff)).toBe(65504);
  expect(halfToFloat(0x7e00)).toBeNaN();
});

it('halfToFloatBits gives every half-precision number, NaNs too, bits of its own', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const wide = Uint32Array.from(all, halfToFloatBits);
  expect(new Set(wide).size).toBe(65536);
  const payloads = all.filter((bits) => (bits & 0x7fff) > 0x7c00);
  expect(payloads.filter((bits) => (wide[bits]! & 0x7fffff) >>> 13 !== (bits & 0x3ff))).toHaveLength(0);
  const refuse = (problem: string): never => {
    throw new Error(problem);
  };
  const decoded = decodeNumbers('F16', new Uint8Array(all.buffer), refuse);
  expect(new Uint32Array(decoded.buffer)).toEqual(wide);
});

describe('floatToHalf', () => {
  const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits);

  it('is the inverse of halfToFloat', () => {
    expect(finite.filter((bits) => floatToHalf(halfToFloat(bits)) !== bits)).toEqual([]);
    expect(finite.filter((bits) => floatToHalf(-halfToFloat(bits)) !== (bits | 0x8000))).toEqual([]);
    expect([Infinity, -Infinity, -0].map(floatToHalf)).toEqual([0x7c00, 0xfc00, 0x8000]);
    expect(halfToFloat(floatToHalf(NaN))).toBeNaN();
  });

  it('rounds what lies halfway to the even neighbour, anything else to the nearest', () => {
    const halfway = finite.slice(0, -1).map((bits) => (halfToFloat(bits) + halfToFloat(bits + 1)) / 2);
    expect(halfway.filter((value, bits) => floatToHalf(value) !== bits + (bits % 2))).toEqual([]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65504, noNaN: true }), (value) => {
        const bits = floatToHalf(value);
        const error = Math.abs(halfToFloat(bits) - value);
        for (const other of [bits - 1, bits + 1]) {
          if (other >= 0) expect(Math.abs(halfToFloat(other) - value)).toBeGreaterThanOrEqual(error);
        }
      }),
    );
  });
});
