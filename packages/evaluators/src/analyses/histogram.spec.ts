import { histogram, scoresAgainstWeights } from './histogram.ts';

describe('histogram', () => {
  it('counts values in intervals, the upper edge in the last one', () => {
    expect(histogram([0, 0.1, 0.25, 0.5, 0.99, 1], 4)).toEqual({ from: 0, to: 1, counts: [2, 1, 1, 2] });
    expect(histogram([-5, 0, 5], 2, [-1, 1]).counts).toEqual([1, 2]);
    expect(histogram([3, 3], 2)).toEqual({ from: 3, to: 3, counts: [2, 0] });
    expect(histogram([], 2)).toEqual({ from: 0, to: 1, counts: [0, 0] });
    expect(() => histogram([1], 0)).toThrow('a histogram of 0 intervals from 1 to 1');
    expect(() => histogram([1], 2, [1, 0])).toThrow('a histogram of 2 intervals from 1 to 0');
  });
});

describe('scoresAgainstWeights', () => {
  it('counts kept and pruned pairs by cell', () => {
    const weights = Float32Array.of(-1, -0.9, 0, 1);
    const scores = Float32Array.of(2, 2, 0, 4);
    const grid = scoresAgainstWeights(scores, weights, (i) => scores[i]! > 1 && i !== 1, 2);
    expect(grid).toEqual({
      weights: { from: -1, to: 1 },
      scores: { from: 0, to: 4 },
      cells: [
        { weight: 0, score: 1, kept: 1, pruned: 1 },
        { weight: 1, score: 0, kept: 0, pruned: 1 },
        { weight: 1, score: 1, kept: 1, pruned: 0 },
      ],
    });
    expect(() => scoresAgainstWeights(scores, weights.subarray(1), () => true, 2)).toThrow(
      '4 scores for 3 weights',
    );
  });
});
