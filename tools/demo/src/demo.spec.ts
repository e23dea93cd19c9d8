import { comparePredictions } from './compare-predictions.ts';
import { majorityScore } from './majority-score.ts';
import { formatTable } from './table.ts';

describe('comparePredictions', () => {
  const row = (index: string, value: number, p?: number) => ({
    ...{ index, value },
    ...(p !== undefined && { probabilities: [p, 1 - p] }),
  });

  it('counts equal labels and finds the largest difference', () => {
    const agreement = comparePredictions(
      [row('a', 0, 0.75), row('b', 1, 0.25)],
      [row('a', 0, 0.5), row('b', 0, 0.5)],
    );
    expect(agreement).toEqual({ rows: 2, sameLabels: 1, largestDifference: 0.25 });
  });

  it('compares the scores of a regression', () => {
    const agreement = comparePredictions([row('a', 2.5)], [row('a', 3)]);
    expect(agreement).toEqual({ rows: 1, sameLabels: 1, largestDifference: 0.5 });
  });

  it('refuses other rows', () => {
    expect(() => comparePredictions([row('a', 1)], [row('b', 1)])).toThrow('row a beside row b');
    expect(() => comparePredictions([row('a', 1)], [])).toThrow('1 rows and 0 rows');
  });
});

describe('majorityScore', () => {
  const task = { name: 't', folder: 't', labels: ['no', 'yes'], splits: {} } as const;

  it('is the share of the most frequent class', () => {
    const classes = { ...task, problemType: 'single_label_classification', metrics: ['accuracy'] } as const;
    expect(majorityScore(classes, [0, 1, 1, 1])).toBe(0.75);
  });

  it('is 0 for the correlation with a constant', () => {
    const regression = { ...task, problemType: 'regression', metrics: ['pearson', 'spearman'] } as const;
    expect(majorityScore(regression, [1, 2, 4.5])).toBe(0);
  });
});

it('aligns words to the left and numbers to the right', () => {
  const table = formatTable(
    ['task', 'score'],
    [
      ['opinion', '0.9'],
      ['x', '12.5%'],
    ],
  );
  expect(table).toBe('task     score\nopinion    0.9\nx        12.5%');
});
