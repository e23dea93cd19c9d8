import fc from 'fast-check';
import { agreements, concordance } from './agreement.ts';

it('is the part of labels, or of stretches, that are the same', () => {
  const labels = (...values: number[]) => values.map((value) => ({ value }));
  expect(agreements['classification']!.of(labels(0, 1, 2, 1), labels(0, 2, 2, 1))).toBe(0.75);
  const spans = (...places: [number, number][]) => places.map(([start, end]) => ({ start, end }));
  const [found, others] = [spans([0, 3], [4, 9]), spans([0, 3], [4, 8])];
  expect(agreements['span']!.of(found, others)).toBe(0.5);
  expect(agreements['regression']!.of(labels(1, 2, 3), labels(1, 2, 3))).toBe(1);
});

describe('concordance', () => {
  const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 20 });

  it('has the closed forms of a shift and of a scale', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -9, max: 9 }), (x, by) => {
        const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
        const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
        if (variance === 0) return;
        // x and x + b: 2s² / (2s² + b²); x - x̄ and k times that: 2k / (1 + k²)
        expect(
          concordance(
            x,
            x.map((value) => value + by),
          ),
        ).toBeCloseTo((2 * variance) / (2 * variance + by ** 2), 9);
        const centred = x.map((value) => value - mean);
        expect(
          concordance(
            centred,
            centred.map((value) => by * value),
          ),
        ).toBeCloseTo((2 * by) / (1 + by ** 2), 9);
      }),
    );
  });

  it('of numbers that do not vary is 1 where they are the same', () => {
    expect([concordance([2, 2], [2, 2]), concordance([2, 2], [3, 3])]).toEqual([1, 0]);
  });
});
