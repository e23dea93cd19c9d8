import fc from 'fast-check';
import { chooseBuckets } from './buckets.ts';
import { featuresOfLengths, paddedTokens } from './features.fixture.ts';

/** Every way to choose at most `most` of the multiples of 8 up to 64, the longest row's included. */
function* choices(longest: number, most: number): Generator<number[]> {
  const top = Math.ceil(longest / 8) * 8;
  const others = Array.from({ length: top / 8 - 1 }, (_, i) => (i + 1) * 8);
  for (let bits = 0; bits < 2 ** others.length; bits++) {
    const chosen = others.filter((_, i) => (bits >> i) & 1);
    if (chosen.length < most) yield [...chosen, top];
  }
}

describe('chooseBuckets', () => {
  it('pads no more tokens than any other choice of as many lengths', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 64 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (lengths, most) => {
          const buckets = chooseBuckets(featuresOfLengths(lengths), 64, most);
          expect(buckets.length).toBeLessThanOrEqual(most);
          const least = Math.min(
            ...[...choices(Math.max(...lengths), most)].map((bounds) => paddedTokens(lengths, bounds)),
          );
          expect(paddedTokens(lengths, buckets)).toBe(least);
        },
      ),
    );
  });

  it('does not exceed maxLength', () => {
    expect(chooseBuckets(featuresOfLengths([3, 99, 100]), 100)).toEqual([8, 100]);
    expect(() => chooseBuckets(featuresOfLengths([3, 101]), 100)).toThrow('row 1 has 101 tokens');
  });

  it('has nothing to choose for no rows', () => {
    expect(chooseBuckets(featuresOfLengths([]), 100)).toEqual([]);
  });
});
