import fc from 'fast-check';
import { random } from '@diffprune/testing/random';
import { TensorError } from './errors.ts';
import { anyFloats } from './testing.ts';
import type { StoredCoding, ValueCoding } from './types.ts';
import { bitsOf, decodeValues, encodeValues, storedCoding, valueBytes } from './values.ts';

const roundTrip = (values: Float32Array, coding: StoredCoding): Float32Array => {
  const bytes = encodeValues(values, coding, 'w');
  expect(bytes.length).toBe(valueBytes(coding, values.length));
  return decodeValues(bytes, coding, values.length);
};

const finite = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -60_000, max: 60_000 }), { maxLength: 200 })
  .map((values) => Float32Array.from(values));

describe('value codings', () => {
  it('fp32 keeps every bit', () => {
    fc.assert(
      fc.property(fc.nat(50).chain(anyFloats), (values) => {
        expect(bitsOf(roundTrip(values, 'fp32'))).toEqual(bitsOf(values));
      }),
    );
  });

  it('fp16 and bf16 are off by half a unit in the last place at most', () => {
    fc.assert(
      fc.property(finite, (values) => {
        const half = roundTrip(values, 'fp16');
        const brain = roundTrip(values, 'bf16');
        values.forEach((value, i) => {
          expect(Math.abs(half[i]! - value)).toBeLessThanOrEqual(
            Math.max(Math.abs(value) * 2 ** -11, 2 ** -25),
          );
          expect(Math.abs(brain[i]! - value)).toBeLessThanOrEqual(
            Math.max(Math.abs(value) * 2 ** -8, 2 ** -134),
          );
        });
      }),
    );
  });

  it('scaled fp16 is off by half a unit in the last place down to 2^-28 of the largest value', () => {
    const exponents = fc.integer({ min: -125, max: 126 });
    const mantissas = fc.array(fc.float({ noNaN: true, min: -1, max: 1 }), { maxLength: 100 });
    fc.assert(
      fc.property(mantissas, exponents, (values, exponent) => {
        const scaled = Float32Array.from(values, (value) => value * 2 ** exponent);
        const largest = scaled.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const stored = roundTrip(scaled, 'scaledFp16');
        scaled.forEach((value, i) => {
          expect(Math.abs(stored[i]! - value)).toBeLessThanOrEqual(
            Math.max(Math.abs(value) * 2 ** -11, largest * 2 ** -39, 2 ** -150),
          );
        });
      }),
    );
    const special = Float32Array.of(1e-45, -0, Infinity, -Infinity, NaN, -3e-40);
    expect(roundTrip(special, 'scaledFp16')).toEqual(
      Float32Array.of(1e-45, -0, Infinity, -Infinity, NaN, Math.fround(roundTrip(special, 'scaledFp16')[5]!)),
    );
  });

  it('fp16 gets a scale where its range, not its precision, loses more', () => {
    const normal = (deviation: number) => {
      const next = random(6);
      return Float32Array.from({ length: 5000 }, () => {
        return deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      });
    };
    const error = (values: Float32Array, coding: StoredCoding) => {
      const stored = roundTrip(values, coding);
      const norm = (list: Float32Array) => Math.hypot(...list);
      return norm(stored.map((value, i) => value - values[i]!)) / norm(values);
    };
    // a multiple of 2^-24 is off by 2^-24 / sqrt(12): 17% of 1e-7
    expect(error(normal(1e-7), 'fp16')).toBeCloseTo(2 ** -24 / Math.sqrt(12) / 1e-7, 2);
    for (const deviation of [1e-40, 1e-20, 1e-9, 1e-7, 1e-6, 1e-5]) {
      expect(storedCoding(normal(deviation), 'fp16')).toBe('scaledFp16');
      expect(error(normal(deviation), 'scaledFp16')).toBeLessThan(2 ** -12);
    }
    for (const deviation of [1e-4, 1e-3, 1, 1e4]) {
      expect(storedCoding(normal(deviation), 'fp16')).toBe('fp16');
      expect(error(normal(deviation), 'fp16')).toBeLessThan(2 ** -12);
    }
    expect(storedCoding(normal(1e30), 'fp16')).toBe('scaledFp16');
    expect(error(normal(1e30), 'scaledFp16')).toBeLessThan(2 ** -12);
    // numbers of 11 bits are exact where they are; nothing is lost of 0, and what no number is says nothing
    for (const values of [[], [0, -0], [2 ** -24, 3 * 2 ** -20], [NaN, Infinity], [1, 1e-7]]) {
      expect(storedCoding(Float32Array.from(values), 'fp16')).toBe('fp16');
    }
    expect(storedCoding(normal(1e-7), 'bf16')).toBe('bf16');
  });

  it('int8 and int4 are off by half a step of their block at most', () => {
    fc.assert(
      fc.property(finite, (values) => {
        for (const [coding, block, limit] of [
          ['int8', 64, 127],
          ['int4', 32, 7],
        ] as const) {
          const stored = roundTrip(values, coding);
          for (let first = 0; first < values.length; first += block) {
            const part = values.subarray(first, first + block);
            const magnitude = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
            // The scale is rounded up to bf16: at most 1 / 128 more than the least one.
            const step = (magnitude / limit) * (1 + 2 ** -7) + 2 ** -133;
            part.forEach((value, i) => {
              expect(Math.abs(stored[first + i]! - value)).toBeLessThanOrEqual((step / 2) * (1 + 1e-6));
            });
          }
        }
      }),
    );
  });

  it('sign keeps the signs and the mean magnitude', () => {
    expect(roundTrip(Float32Array.of(1, -2, 3, -6, 0), 'sign')).toEqual(
      Float32Array.of(2.4, -2.4, 2.4, -2.4, 2.4),
    );
    expect(roundTrip(new Float32Array(0), 'sign')).toEqual(new Float32Array(0));
  });

  it('lose as much of normal values as theory says', () => {
    const next = random(5);
    const normal = Float32Array.from({ length: 20_000 }, () => {
      return 1e-3 * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    });
    const relative = (coding: ValueCoding): number => {
      const stored = roundTrip(normal, coding);
      const sum = (f: (value: number, i: number) => number) => normal.reduce((s, v, i) => s + f(v, i), 0);
      return Math.sqrt(sum((v, i) => (stored[i]! - v) ** 2) / sum((v) => v * v));
    };
    // One level: sqrt(1 - 2 / pi). Uniform steps: step / sqrt(12), where the block's step is its largest
    // magnitude / limit; the root mean square of the largest of 64 (32) normal magnitudes is 2.629 (2.389).
    expect(Math.abs(relative('sign') - Math.sqrt(1 - 2 / Math.PI))).toBeLessThan(0.01);
    expect(Math.abs(relative('int8') - 2.629 / 127 / Math.sqrt(12))).toBeLessThan(0.0002);
    expect(Math.abs(relative('int4') - 2.389 / 7 / Math.sqrt(12))).toBeLessThan(0.005);
  });

  it('refuse what they cannot express', () => {
    const refused = (coding: StoredCoding, value: number) =>
      expect(() => encodeValues(Float32Array.of(1, value), coding, 'w')).toThrow(TensorError);
    refused('fp16', 65_520);
    refused('bf16', 3.4e38);
    for (const coding of ['int8', 'int4', 'sign'] as const)
      [NaN, Infinity].forEach((v) => refused(coding, v));
    expect(roundTrip(Float32Array.of(Infinity, -Infinity, NaN), 'fp16')).toEqual(
      Float32Array.of(Infinity, -Infinity, NaN),
    );
  });
});
