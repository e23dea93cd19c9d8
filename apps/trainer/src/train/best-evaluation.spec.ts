import type { MetricsLine } from '../run-folder/metrics-log.ts';
import { BestEvaluation } from './best-evaluation.ts';

const splits = (...mains: number[]) =>
  Object.fromEntries(mains.map((main, i) => [`dev${i}`, { scores: { accuracy: main }, main }]));
const place = (epoch: number) => ({ stage: 'fixed-mask', step: 10 * epoch, epoch });

describe('BestEvaluation', () => {
  it('is the first of the greatest means over splits, and counts those since', () => {
    const best = new BestEvaluation([]);
    expect(best.place).toBeUndefined();
    const means: [number[], boolean, number][] = [
      [[0.5, 0.7], true, 0],
      [[0.7, 0.5], false, 1],
      [[0.9, 0.2], false, 2],
      [[0.6, 0.8], true, 0],
      [[NaN, 1], false, 1],
    ];
    means.forEach(([mains, isBest, since], i) => {
      expect([best.add(splits(...mains), place(i + 1)), best.since]).toEqual([isBest, since]);
    });
    expect(best.place).toEqual(place(4));
    expect(best.describe()).toBe('fixed-mask, epoch 4, the best of 5 evaluations by dev score');
  });

  it('goes on where the log of a run ends, whose other evaluations do not count', () => {
    const line = (epoch: number, main: number, candidate: boolean): MetricsLine => {
      const said = candidate ? { candidate } : {};
      return { kind: 'evaluation', ...place(epoch), splits: splits(main), ...said };
    };
    const best = new BestEvaluation([line(1, 0.9, false), line(2, 0.4, true), line(3, 0.3, true)]);
    expect([best.place, best.since]).toEqual([place(2), 1]);
    expect(best.add(splits(0.41), place(4))).toBe(true);
  });
});
