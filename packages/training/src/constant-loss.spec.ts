import { constantLoss } from './constant-loss.ts';

describe('constantLoss', () => {
  it('is the entropy of classes', () => {
    expect(constantLoss(Int32Array.of(0, 1, 0, 1), false)).toBeCloseTo(Math.LN2, 12);
    expect(constantLoss([2, 2, 2], false)).toBe(0);
    const part = 0.25 * Math.log(4) + 0.75 * Math.log(4 / 3);
    expect(constantLoss([1, 0, 1, 1], false)).toBeCloseTo(part, 12);
  });

  it('is the variance of values', () => {
    expect(constantLoss(Float32Array.of(1, 2, 3, 6), true)).toBe(3.5);
  });
});
