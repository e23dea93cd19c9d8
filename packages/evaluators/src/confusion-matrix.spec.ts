import { classScores, confusionMatrix } from './confusion-matrix.ts';
import { f1 } from './classification.ts';

describe('confusionMatrix', () => {
  const [predictions, labels] = [
    [1, 1, 0, 2, 2, 2, 0],
    [1, 0, 0, 2, 1, 2, 0],
  ];

  it('counts predictions by label, and scores each class', () => {
    const counts = confusionMatrix(predictions, labels, 4);
    expect(counts).toEqual([
      [2, 1, 0, 0],
      [0, 1, 1, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 0],
    ]);
    const scores = classScores(counts);
    expect(scores[0]).toEqual({ precision: 1, recall: 2 / 3, f1: 0.8, support: 3 });
    expect(scores[3]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
    // class by class, F1 is that of two classes
    scores.forEach((score, label) => {
      const is = (values: number[]) => values.map((value) => Number(value === label));
      expect(score.f1).toBeCloseTo(f1(is(predictions), is(labels)), 12);
    });
  });

  it('refuses a class that there is not', () => {
    expect(() => confusionMatrix(predictions, labels, 2)).toThrow(
      'prediction 3 is 2, expected a class of 0 to 1',
    );
    expect(() => confusionMatrix([0], [0, 1], 2)).toThrow('1 predictions for 2 labels');
  });
});
