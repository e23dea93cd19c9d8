import fc from 'fast-check';
import { leastDensity } from './least-density.ts';

it('finds where something begins to hold, to a twentieth, in about ten questions', async () => {
  const exponents = fc.double({ min: -8, max: -0.31, noNaN: true });
  await fc.assert(
    fc.asyncProperty(exponents, async (exponent) => {
      const [asked, begin] = [[] as number[], 10 ** exponent];
      const found = await leastDensity(1e8, (density) => {
        asked.push(density);
        return Promise.resolve(density >= begin);
      });
      expect(asked).toContain(found);
      expect(found).toBeGreaterThanOrEqual(begin);
      expect(found! / begin).toBeLessThan(1.06);
      expect(asked.length).toBeLessThan(12);
    }),
  );
});

it('knows where it holds at no density, or at each', async () => {
  expect(await leastDensity(1000, () => Promise.resolve(false))).toBeUndefined();
  expect(await leastDensity(1000, () => Promise.resolve(true))).toBe(0.001);
});
