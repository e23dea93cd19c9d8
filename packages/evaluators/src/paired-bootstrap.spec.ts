import { pairedBootstrap } from './paired-bootstrap.ts';

/** A linear congruential generator (Numerical Recipes), for tests. */
function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const rows = Array.from({ length: 300 }, (_, i) => i);
const labels = rows.map((i) => Number((i * 7919) % 101 < 45));
const right = (part: (i: number) => boolean) => rows.map((i) => (part(i) ? labels[i]! : 1 - labels[i]!));
const [first, second] = [right((i) => (i * 104729) % 97 < 75), right((i) => (i * 1299709) % 89 < 60)];

describe('pairedBootstrap', () => {
  it('has the standard error of a mean, where the score is one', () => {
    const third = right((i) => i % 5 > 0);
    const pairs = [
      { first, second },
      { first: third, second },
    ];
    const gain = rows.map((i) => {
      const isRight = (of: number[]) => Number(of[i] === labels[i]);
      return (isRight(first) + isRight(third)) / 2 - isRight(second);
    });
    const mean = gain.reduce((sum, x) => sum + x) / 300;
    const error = Math.sqrt(gain.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 300 / 300);
    const found = pairedBootstrap(['accuracy'], pairs, labels, uniforms(1), 4000);
    expect(found.difference).toBeCloseTo(mean, 12);
    expect(found.standardError / error).toBeGreaterThan(0.95);
    expect(found.standardError / error).toBeLessThan(1.05);
  });

  it.each([
    ['Matthews', ['matthews'], first, second, labels, 0.2110299740470606, 0.06940847],
    [
      'correlations',
      ['pearson', 'spearman'],
      rows.map((i) => score(i) + 0.8 * Math.sin(i * i * 0.37)),
      rows.map((i) => score(i) + 1.3 * Math.cos(i * i * 0.53)),
      rows.map(score),
      0.1933845875374359,
      0.03572696,
    ],
  ] as const)("has SciPy's standard error of %s", (_, names, first, second, labels, difference, error) => {
    // scipy.stats.bootstrap((first, second, labels), …, paired=True, n_resamples=20000).standard_error, SciPy 1.17
    const found = pairedBootstrap(names, [{ first, second }], labels, uniforms(2), 2000);
    expect(found.difference).toBeCloseTo(difference, 12);
    expect(found.standardError / error).toBeGreaterThan(0.95);
    expect(found.standardError / error).toBeLessThan(1.05);
  });

  it('repeats itself with the same numbers, and finds nothing between a model and itself', () => {
    const found = () => pairedBootstrap(['accuracy', 'f1'], [{ first, second }], labels, uniforms(3), 50);
    expect(found()).toEqual(found());
    const same = pairedBootstrap(['f1'], [{ first, second: first }], labels, uniforms(3), 50);
    expect(same).toEqual({ difference: 0, standardError: 0 });
  });

  it('refuses no pair, and predictions that are too few', () => {
    expect(() => pairedBootstrap(['accuracy'], [], labels, uniforms(1))).toThrow(
      'no pair of predictions given',
    );
    const few = { first: first.slice(1), second };
    expect(() => pairedBootstrap(['accuracy'], [few], labels, uniforms(1))).toThrow(RangeError);
  });
});

function score(i: number): number {
  return Math.sin(i * 0.7) + 0.3 * Math.cos(i * 1.9);
}
