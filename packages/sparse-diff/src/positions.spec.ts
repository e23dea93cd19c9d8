import fc from 'fast-check';
import { random } from '@diffprune/testing/random';
import { entropyBits } from './entropy.ts';
import { decodePositions, encodePositions } from './positions.ts';
import { randomPositions } from './testing.ts';

const bytesOf = (coded: ReturnType<typeof encodePositions>): number => coded.positions.length;

describe('encodePositions', () => {
  it('is undone by decodePositions at every density', () => {
    const cases = fc
      .integer({ min: 1, max: 300 })
      .chain((elements) =>
        fc.tuple(fc.subarray([...Array(elements).keys()]), fc.constant(elements), fc.boolean()),
      );
    fc.assert(
      fc.property(cases, ([list, elements, implied]) => {
        const positions = Uint32Array.from(list);
        const coded = encodePositions(positions, elements, implied);
        expect(decodePositions(coded, positions.length, elements, implied)).toEqual(positions);
        expect(bytesOf(coded)).toBeLessThanOrEqual(Math.ceil(elements / 8));
      }),
    );
  });

  it('comes within 1.01 of the entropy bound from 0.05% to 5%', () => {
    const next = random(1);
    for (const density of [
      0.0005, 0.0007, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05,
    ]) {
      const elements = Math.round(60_000 / density);
      const positions = randomPositions(elements, density, next);
      const bits = 8 * bytesOf(encodePositions(positions, elements, true));
      expect(bits / entropyBits(positions.length, elements)).toBeLessThan(1.01);
    }
  });

  it('is no worse than that where positions cluster', () => {
    const next = random(2);
    for (const spread of [0.5, 1, 2, 3]) {
      const [rows, columns] = [2000, 256];
      const positions: number[] = [];
      for (let row = 0; row < rows; row++) {
        const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
        const density = Math.min(0.9, 0.01 * Math.exp(spread * normal - (spread * spread) / 2));
        for (const column of randomPositions(columns, density, next)) positions.push(row * columns + column);
      }
      const bits = 8 * bytesOf(encodePositions(Uint32Array.from(positions), rows * columns, true));
      expect(bits / entropyBits(positions.length, rows * columns)).toBeLessThan(1.01);
    }
  });

  it('takes a bit for each element of a dense mask, and nothing for all of them', () => {
    const next = random(3);
    const mask = encodePositions(randomPositions(8000, 0.6, next), 8000, false);
    expect([mask.modulus, mask.positions.length]).toEqual([1, 1000]);
    const all = Uint32Array.from({ length: 50 }, (_, i) => i);
    expect(bytesOf(encodePositions(all, 50, true))).toBe(0);
    expect(bytesOf(encodePositions(all, 50, false))).toBe(7);
  });
});

describe('decodePositions', () => {
  it('refuses counts that the bytes cannot hold, before it makes room for them', () => {
    const huge = 2 ** 32 - 1;
    const decode = (modulus: number, byte: number[], count: number, elements: number, implied = true) =>
      decodePositions({ modulus, positions: Uint8Array.from(byte) }, count, elements, implied);
    expect(decode(1, [255], huge, huge)).toBe(undefined);
    expect(decode(0, [], huge, huge, false)).toBe(undefined);
    expect(decode(0, [255], 1, 8)).toBe(undefined);
    expect(decode(1, [0b11100000], 3, 8)).toEqual(Uint32Array.of(0, 1, 2));
    expect(decode(1, [0b11100000], 2, 8)).toBe(undefined);
    expect(decode(1, [0b11100000], 4, 8)).toBe(undefined);
    expect(decode(1, [0b00000001], 1, 7)).toBe(undefined);
  });
});
