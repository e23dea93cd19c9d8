import fc from 'fast-check';
import { accuracy, f1, matthews } from './classification.ts';
import { pearson } from './correlation.ts';

// 3 true positives, 2 false positives, 1 false negative, 4 true negatives.
const predictions = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const labels = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];

describe('classification metrics', () => {
  it('agree with the confusion table', () => {
    expect(accuracy(predictions, labels)).toBe(7 / 10);
    const [precision, recall] = [3 / 5, 3 / 4];
    expect(f1(predictions, labels)).toBeCloseTo((2 * precision * recall) / (precision + recall), 14);
    expect(matthews(predictions, labels)).toBeCloseTo((3 * 4 - 2 * 1) / Math.sqrt(5 * 4 * 6 * 5), 14);
  });

  it("gives the documented value of scikit-learn's matthews_corrcoef", () => {
    expect(matthews([1, 0, 1, 1], [1, 1, 1, 0])).toBeCloseTo(-1 / 3, 14);
  });

  it('gives the known scores of the majority class on the MRPC development set', () => {
    const gold = Array.from({ length: 408 }, (_, row) => (row < 279 ? 1 : 0));
    const majority = gold.map(() => 1);
    expect(accuracy(majority, gold)).toBeCloseTo(0.6838, 4);
    expect(f1(majority, gold)).toBeCloseTo(0.8122, 4);
    expect(matthews(majority, gold)).toBe(0);
  });

  it('counts classes beyond two in accuracy', () => {
    expect(accuracy(Int32Array.of(0, 1, 2, 2), Int32Array.of(0, 2, 2, 1))).toBe(0.5);
  });

  it('defines undefined cases: no rows, no positives, predictions of one class', () => {
    expect([accuracy([], []), f1([], []), matthews([], [])]).toEqual([0, 0, 0]);
    expect(f1([0, 0], [0, 0])).toBe(0);
    expect(f1([0, 0], [1, 0])).toBe(0);
    expect(matthews([1, 1], [1, 0])).toBe(0);
  });

  it("is Pearson's correlation of the two classes", () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })));
    fc.assert(
      fc.property(rows, (pairs) => {
        const [p, l] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        expect(matthews(p, l)).toBeCloseTo(pearson(p, l), 10);
      }),
    );
  });

  it('stays exact on many rows', () => {
    const gold = Int32Array.from({ length: 400_000 }, (_, row) => row % 2);
    expect(matthews(gold, gold)).toBe(1);
    expect(
      matthews(
        gold.map((label) => 1 - label),
        gold,
      ),
    ).toBe(-1);
  });

  it('refuses other classes and unequal lengths', () => {
    expect(() => f1([0, 2], [0, 1])).toThrow('prediction 1 is 2, expected class 0 or 1');
    expect(() => matthews([0, 1], [0, 0.5])).toThrow('label 1 is 0.5');
    expect(() => accuracy([0], [])).toThrow('1 predictions for 0 labels');
  });
});
