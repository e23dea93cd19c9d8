import { noEntries, type EntrySet } from './entry-set.ts';
import { overlap } from './overlap.ts';

const parameters = [
  { name: 'a', shape: [2, 4] },
  { name: 'b', shape: [4] },
];
const set = (size: number, positions: number[], inverted = false): EntrySet => ({
  size,
  positions: Uint32Array.from(positions),
  inverted,
});

/** C(n, k) */
const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

describe('overlap', () => {
  it('counts what two models share, and what they would by chance', () => {
    const first = new Map([
      ['a', set(8, [0, 1, 2])],
      ['b', set(4, [0], true)],
    ]);
    const second = new Map([
      ['a', set(8, [1, 2, 7])],
      ['b', set(4, [3])],
    ]);
    const found = overlap(parameters, first, second);
    expect(found).toMatchObject({ parameters: 12, first: 6, second: 4, common: 3, jaccard: 3 / 7 });
    expect([found.ofFirst, found.ofSecond]).toEqual([3 / 6, 3 / 4]);
    expect([found.byChance, found.jaccardByChance]).toEqual([2, 2 / 8]);
    expect(found.byChanceWithinTensors).toBeCloseTo(9 / 8 + 3 / 4, 12);
    // of the hypergeometric distribution, summed term by term
    const probability = (i: number) => (choose(6, i) * choose(6, 4 - i)) / choose(12, 4);
    const variance = [0, 1, 2, 3, 4].reduce((sum, i) => sum + probability(i) * (i - 2) ** 2, 0);
    expect(found.deviations).toBeCloseTo(1 / Math.sqrt(variance), 12);
  });

  it('of a model with itself is all of it, and of one without anything nothing', () => {
    const first = new Map([['a', set(8, [0, 5])]]);
    expect(overlap(parameters, first, first)).toMatchObject({ common: 2, jaccard: 1, ofFirst: 1 });
    expect(overlap(parameters, first, new Map())).toMatchObject({ common: 0, jaccard: 0, byChance: 0 });
    expect(overlap(parameters, new Map(), new Map()).jaccard).toBe(0);
  });

  it('refuses a set that is not of the size of its parameter', () => {
    expect(() => overlap(parameters, new Map([['b', noEntries(5)]]), new Map())).toThrow(
      'b: a set among 5 entries, not 4',
    );
  });
});
