import { findTask, taskScore } from '@diffprune/glue';
import {
  describeSamples,
  formatBytes,
  formatCount,
  formatDuration,
  formatEvaluations,
  formatPercent,
  shellQuote,
} from './format.ts';

describe('text', () => {
  it('formats counts, sizes and times', () => {
    expect([0, 999, 21_929, 999_949, 999_950, 4_385_920].map(formatCount)).toEqual([
      ...['0', '999', '21,929', '999,949', '1.0M', '4.4M'],
    ]);
    expect([12, 999, 1000, 92_104, 999_960, 17_548_136, 2.6e9].map(formatBytes)).toEqual([
      ...['12 B', '999 B', '1.0 kB', '92.1 kB', '1.0 MB', '17.5 MB', '2.6 GB'],
    ]);
    expect([0.4, 59.6, 185, 7800].map(formatDuration)).toEqual([
      '0 s',
      '1 min 00 s',
      '3 min 05 s',
      '2 h 10 min',
    ]);
  });

  it('writes fractions with two digits at least', () => {
    expect([0.98712, 0.1, 0.0512, 0.005, 0.000031, 0].map(formatPercent)).toEqual([
      '98.7%',
      '10.0%',
      '5.1%',
      '0.50%',
      '0.0031%',
      '0.0%',
    ]);
  });

  it("says of several splits what they are together, as GLUE's leaderboard does of MNLI", () => {
    const scored = (accuracy: number) => ({ scores: { accuracy }, main: accuracy });
    const [matched, mismatched] = [scored(0.8), scored(0.7)];
    expect(formatEvaluations({ dev: matched })).toEqual(['dev: accuracy 0.8000']);
    const { scores } = matched;
    const both = taskScore(findTask('mnli'), { dev_matched: scores, dev_mismatched: mismatched.scores })!;
    expect(formatEvaluations({ dev_matched: matched, dev_mismatched: mismatched })).toEqual([
      ...['dev_matched: accuracy 0.8000', 'dev_mismatched: accuracy 0.7000', `mean: ${both.toFixed(4)}`],
    ]);
  });

  it('has mean and deviation of samples', () => {
    const [mean, deviation] = [
      { accuracy: 0.8, f1: 0.5 },
      { accuracy: 0.01234, f1: 0 },
    ];
    expect(describeSamples({ count: 10, mean, deviation })).toBe(
      'accuracy 0.8000 ± 0.0123, f1 0.5000 ± 0.0000 over 10 samples',
    );
  });

  it('quotes arguments for a shell', () => {
    expect(['runs/sst2', '../a b', "it's", ''].map(shellQuote)).toEqual([
      'runs/sst2',
      "'../a b'",
      `'it'\\''s'`,
      "''",
    ]);
  });
});
