import fc from 'fast-check';
import { entriesOfDensity } from './entries-of-density.ts';

describe('entriesOfDensity', () => {
  it('takes a density as the decimal number that was typed', () => {
    expect(entriesOfDensity(0.29, 100)).toBe(29); // 0.29 * 100 is 28.999999999999996
    expect(entriesOfDensity(0.57, 100)).toBe(57);
    expect(entriesOfDensity(1e-7, 3e8)).toBe(30);
    expect(entriesOfDensity(0.005, 1_481_216)).toBe(7406);
    expect(entriesOfDensity(1, 12_345)).toBe(12_345);
    expect(entriesOfDensity(0, 12_345)).toBe(0);
  });

  it('is the floor of the product of whole numbers', () => {
    const places = fc.integer({ min: 1, max: 9 });
    const digits = fc.integer({ min: 0, max: 1e9 });
    const total = fc.integer({ min: 0, max: 2e9 });
    fc.assert(
      fc.property(places, digits, total, (places, digits, total) => {
        const numerator = digits % (10 ** places + 1);
        const density = Number(`${numerator}e-${places}`);
        const floor = (BigInt(numerator) * BigInt(total)) / 10n ** BigInt(places);
        expect(entriesOfDensity(density, total)).toBe(Number(floor));
      }),
    );
  });

  it('loses no entry to the rounding of a fraction', () => {
    for (let parts = 1; parts <= 1000; parts++) {
      for (const each of [1, 3, 1000, 12_345]) expect(entriesOfDensity(1 / parts, parts * each)).toBe(each);
    }
  });
});
