import fc from 'fast-check';
import { entropyBits } from './entropy.ts';

it('is close above the logarithm of the number of choices, and 0 where there is one', () => {
  const cases = fc.integer({ min: 1, max: 2000 }).chain((d) => fc.tuple(fc.constant(d), fc.nat({ max: d })));
  fc.assert(
    fc.property(cases, ([elements, count]) => {
      let ways = 0;
      for (let i = 0; i < count; i++) ways += Math.log2((elements - i) / (i + 1));
      expect(entropyBits(count, elements)).toBeGreaterThan(ways - 1e-6);
      expect(entropyBits(count, elements)).toBeLessThan(ways + Math.log2(elements + 1) + 1e-6);
    }),
  );
  expect([entropyBits(0, 0), entropyBits(0, 5), entropyBits(5, 5), entropyBits(4, 8)]).toEqual([0, 0, 0, 8]);
  expect(entropyBits(110, 1000) / 1000).toBeCloseTo(0.499916, 6);
});
