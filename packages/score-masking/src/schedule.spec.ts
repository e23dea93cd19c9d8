import * as fc from 'fast-check';
import { cubicSchedule, ScoreMaskingError } from './index.ts';

const schedule = { initial: 1, final: 0.15, steps: 1000, warmup: 200, cooldown: 300 };

it('is the closed form of equation 5 at its corners and between', () => {
  const at = cubicSchedule(schedule);
  expect([0, 100, 200].map(at)).toEqual([1, 1, 1]);
  expect([700, 701, 1000, 2000].map(at)).toEqual([0.15, 0.15, 0.15, 0.15]);
  // half of the way: an eighth of the difference is left
  expect(at(450)).toBeCloseTo(0.15 + 0.85 / 8, 12);
  expect(at(325)).toBeCloseTo(0.15 + (0.85 * 27) / 64, 12);
  expect(at(201)).toBeCloseTo(1 - 0.85 * (1 - (499 / 500) ** 3), 12);
  expect(at(699)).toBeCloseTo(0.15 + 0.85 * (1 / 500) ** 3, 12);
});

it('rises as it falls: for λ and thresholds', () => {
  const remaining = cubicSchedule({ ...schedule, initial: 1, final: 0 });
  const lambda = cubicSchedule({ ...schedule, initial: 0, final: 400 });
  for (let t = 0; t <= 1000; t += 50) expect(lambda(t)).toBeCloseTo(400 * (1 - remaining(t)), 9);
});

it('jumps where warm-up and cool-down leave no time, and holds where there is neither', () => {
  const jump = cubicSchedule({ ...schedule, warmup: 400, cooldown: 600 });
  expect([399, 400, 401].map(jump)).toEqual([1, 0.15, 0.15]);
  const whole = cubicSchedule({ ...schedule, warmup: 0, cooldown: 0 });
  expect([whole(0), whole(500), whole(1000)]).toEqual([1, 0.15 + 0.85 / 8, 0.15]);
});

it('never leaves the way from the first value to the last, and never turns', () => {
  const time = fc.integer({ min: 0, max: 500 });
  const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  fc.assert(
    fc.property(value, value, time, time, time, (initial, final, warmup, cooldown, falling) => {
      const at = cubicSchedule({ initial, final, warmup, cooldown, steps: warmup + cooldown + falling });
      let last = initial;
      for (let t = 0; t <= warmup + cooldown + falling; t++) {
        const next = at(t);
        const slack = 1e-9 * (1 + Math.abs(initial) + Math.abs(final));
        expect(initial <= final ? next >= last - slack : next <= last + slack).toBe(true);
        last = next;
      }
      expect(last).toBe(final);
    }),
    { numRuns: 50 },
  );
});

it('refuses times that do not fit, and what is no number', () => {
  for (const bad of [
    { warmup: -1 },
    { steps: NaN },
    { cooldown: 801 },
    { initial: Infinity },
    { final: NaN },
  ]) {
    expect(() => cubicSchedule({ ...schedule, ...bad })).toThrow(ScoreMaskingError);
  }
});
