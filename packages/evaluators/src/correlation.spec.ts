import fc from 'fast-check';
import { pearson, spearman } from './correlation.ts';

describe('pearson', () => {
  it('gives the documented value of scipy.stats.pearsonr', () => {
    expect(pearson([1, 2, 3, 4, 5], [10, 9, 2.5, 6, 4])).toBeCloseTo(-0.7426106572325057, 12);
  });

  it('is 1 or -1 for a line', () => {
    expect(pearson([1, 2, 4], [10, 20, 40])).toBeCloseTo(1, 12);
    expect(pearson(Float32Array.of(1, 2, 4), [3, 2, 0])).toBeCloseTo(-1, 12);
  });
});

describe('spearman', () => {
  it('gives -29/165 for the textbook example of IQ and hours of television', () => {
    const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(spearman(iq, hours)).toBeCloseTo(-29 / 165, 12);
  });

  it('gives the values of scipy.stats.spearmanr where there are ties', () => {
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 12);
    const x = [3, 1.5, 0, 0, 4, 4.5, 3, 3.5, 2.5, 4.5, 4, 0];
    const y = [3.5, 1, 1.5, 0.5, 4, 4, 2.5, 3, 1.5, 3, 3.5, 1.5];
    expect(spearman(x, y)).toBeCloseTo(0.8440860215053764, 12);
    expect(pearson(x, y)).toBeCloseTo(0.8664044755802515, 12);
  });

  it('does not depend on the order of tied rows', () => {
    expect(spearman([1, 1, 1, 2], [1, 2, 3, 4])).toBeCloseTo(spearman([1, 1, 1, 2], [3, 1, 2, 4]), 12);
  });

  it('sees order alone: any increasing function leaves it', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })));
    fc.assert(
      fc.property(pairs, (rows) => {
        const [x, y] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const bent = x.map((a) => Math.exp(a / 3));
        expect(spearman(bent, y)).toBeCloseTo(spearman(x, y), 10);
      }),
    );
  });
});

describe('undefined correlations', () => {
  it('are 0: no rows, one row, a constant', () => {
    for (const correlation of [pearson, spearman]) {
      expect(correlation([], [])).toBe(0);
      expect(correlation([1], [2])).toBe(0);
      expect(correlation([0.1, 0.1, 0.1], [1, 2, 3])).toBe(0);
      expect(correlation([1, 2, 3], [0.7, 0.7, 0.7])).toBe(0);
    }
  });

  it('never leave [-1, 1]', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(values, (x) => {
        for (const correlation of [pearson, spearman]) {
          expect(Math.abs(correlation(x, x))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('are errors where the input is none', () => {
    expect(() => pearson([1, 2], [1])).toThrow('2 predictions for 1 labels');
    expect(() => spearman([1, NaN], [1, 2])).toThrow('prediction 1 is NaN');
    expect(() => pearson([1, 2], [1, Infinity])).toThrow('label 1 is Infinity');
  });
});
