import { evaluate } from './evaluate.ts';
import type { MetricName } from './evaluate.ts';

describe('evaluate', () => {
  it('reports the mean of accuracy and F1 as the main score of MRPC', () => {
    const { scores, main } = evaluate(['accuracy', 'f1'], [1, 1, 0, 0], [1, 0, 0, 0]);
    expect(scores).toEqual({ accuracy: 0.75, f1: 2 / 3 });
    expect(main).toBeCloseTo((0.75 + 2 / 3) / 2, 14);
  });

  it('reports the mean of both correlations as the main score of STS-B', () => {
    const { scores, main } = evaluate(['pearson', 'spearman'], [1, 2, 3, 4, 5], [5, 6, 7, 8, 7]);
    expect(scores.spearman).toBeCloseTo(0.8207826816681233, 12);
    expect(main).toBe(((scores.pearson ?? NaN) + (scores.spearman ?? NaN)) / 2);
  });

  it('refuses no metric and an unknown one', () => {
    expect(() => evaluate([], [1], [1])).toThrow('no metric given');
    expect(() => evaluate(['toString' as MetricName], [1], [1])).toThrow('unknown metric "toString"; known');
  });
});
