import { createManifest } from '@diffprune/sparse-diff';
import { comparePredictions } from './compare-predictions.ts';
import { agrees, describeAgreement, tabulateMethods, tabulateTasks } from './outcomes.ts';
import { formatTable } from './table.ts';
import type { Outcome } from './train-and-apply.ts';

describe('comparePredictions', () => {
  const row = (index: string, value: number, p?: number) => ({
    index,
    value,
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

describe('outcomes', () => {
  const base = { fingerprint: '0'.repeat(64) };
  const outcome = (name: string, bytes: number, largestDifference: number): Outcome => ({
    task: { name, metrics: ['accuracy'] },
    manifest: createManifest({ base, method: 'diff-pruning', density: 0.005 }),
    diffBytes: bytes,
    score: 0.875,
    majority: 0.5,
    seconds: 12.4,
    agreement: { rows: 8, sameLabels: 8, largestDifference },
  });

  it('are a table of scores and sizes', () => {
    expect(tabulateTasks([outcome('t', 20_000, 0), outcome('longer', 12_500, 0)], 3e6).split('\n')).toEqual([
      'task    method        metric    score  majority  density     diff       base  base/diff',
      't       diff-pruning  accuracy  0.875     0.500    0.50%  20.0 kB  3000.0 kB        150',
      'longer  diff-pruning  accuracy  0.875     0.500    0.50%  12.5 kB  3000.0 kB        240',
    ]);
  });

  it('are a table of methods, with the weights that pruning leaves', () => {
    const own = outcome('t', 20_000, 0);
    const pruned = createManifest({
      ...{ base, method: 'pruning', density: 0.75, hyperparameters: { remaining: 0.1, epochs: 3 } },
    });
    expect(tabulateMethods([own, { ...own, manifest: pruned, diffBytes: 2e6 }], 3e6).split('\n')).toEqual([
      'method        score  density  remaining       diff  base/diff  training',
      'diff-pruning  0.875    0.50%          –    20.0 kB        150      12 s',
      'pruning       0.875   75.00%     10.00%  2000.0 kB        1.5      12 s',
    ]);
  });

  it('agree where all labels are the same and no number differs by more than single precision', () => {
    expect(agrees(outcome('t', 1, 1e-7))).toBe(true);
    expect(agrees(outcome('t', 1, 1e-5))).toBe(false);
    const other = outcome('t', 1, 0);
    expect(agrees({ ...other, agreement: { ...other.agreement, sameLabels: 7 } })).toBe(false);
    expect(describeAgreement(outcome('t', 1, 1e-7))).toBe(
      't, diff-pruning: trainer and applier agree on 8 of 8 rows; the largest difference of a number is 1.0e-7',
    );
  });
});
