import { evaluateConstant } from './evaluate-constant.ts';

describe('evaluateConstant', () => {
  it('scores the most frequent class', () => {
    expect(evaluateConstant(['accuracy'], [0, 1, 1, 1], false)).toEqual({
      scores: { accuracy: 0.75 },
      main: 0.75,
    });
    // three of four right; precision 3/4, recall 1
    const { scores, main } = evaluateConstant(['accuracy', 'f1'], Int32Array.of(1, 1, 0, 1), false);
    expect(scores.f1).toBeCloseTo(6 / 7, 12);
    expect(main).toBeCloseTo((0.75 + 6 / 7) / 2, 12);
  });

  it('has no correlation with anything', () => {
    expect(evaluateConstant(['matthews'], [0, 1, 0], false).main).toBe(0);
    expect(evaluateConstant(['pearson', 'spearman'], Float32Array.of(1, 2, 4.5), true).main).toBe(0);
  });
});
