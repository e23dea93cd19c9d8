import { linearSchedule, scheduleSum } from './schedule.ts';

describe('linearSchedule', () => {
  const factors = (total: number, warmup: number): number[] =>
    Array.from({ length: total + 1 }, (_, step) => linearSchedule(step, total, warmup));

  it('rises over the warm-up and falls to 0 at the end', () => {
    expect(factors(8, 0.25)).toEqual([1 / 3, 2 / 3, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0]);
  });

  it('begins at its peak without a warm-up', () => {
    expect(factors(4, 0)).toEqual([1, 0.75, 0.5, 0.25, 0]);
  });

  it('never stands still, so that no step is wasted', () => {
    for (const warmup of [0, 0.1, 0.5, 1]) {
      expect(
        factors(10, warmup)
          .slice(0, -1)
          .every((factor) => factor > 0 && factor <= 1),
      ).toBe(true);
    }
  });
});

describe('scheduleSum', () => {
  it('is the sum of the factors of the steps before', () => {
    for (const [total, warmup] of [
      [1, 0],
      [7, 0.3],
      [40, 0.1],
      [40, 0],
      [12, 1],
    ] as const) {
      let sum = 0;
      for (let step = 0; step <= total; step++) {
        expect(scheduleSum(step, total, warmup)).toBeCloseTo(sum, 10);
        sum += linearSchedule(step, total, warmup);
      }
    }
  });
});
