import { CheckpointClock } from './checkpoint-clock.ts';

describe('CheckpointClock', () => {
  it('is due every two minutes, and less often where writing takes long', () => {
    const clock = new CheckpointClock(0);
    expect(clock.due(119, 1)).toBe(false);
    expect(clock.due(120, 2)).toBe(true);
    clock.saved(120, 130);
    expect(clock.due(329, 3)).toBe(false);
    expect(clock.due(330, 4)).toBe(true);
  });

  it('goes by steps where it is told to', () => {
    const clock = new CheckpointClock(0, 3);
    expect([1, 2, 3, 4, 5, 6].map((step) => clock.due(1000, step))).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });
});
