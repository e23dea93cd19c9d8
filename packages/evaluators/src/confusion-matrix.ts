import { checkPairs } from './pairs.ts';

/**
 * How often each class was predicted for rows of each class: [label][prediction].
 *
 * @param classes how many there are
 * @throws RangeError if the lengths differ, or a class is not one of 0 to `classes` - 1
 */
export function confusionMatrix(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): number[][] {
  checkPairs(predictions, labels, {
    holds: (value) => Number.isInteger(value) && value! >= 0 && value! < classes,
    words: `a class of 0 to ${classes - 1}`,
  });
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let row = 0; row < labels.length; row++) counts[labels[row]!]![predictions[row]!]!++;
  return counts;
}

/** What a class scores, each in [0, 1]; 0 where it is undefined. */
export interface ClassScores {
  /** The part of the rows predicted as this class that are of it. */
  readonly precision: number;
  /** The part of the rows of this class that were predicted as it. */
  readonly recall: number;
  /** Harmonic mean of both. */
  readonly f1: number;
  /** Rows of this class. */
  readonly support: number;
}

/** Precision, recall and F1 of each class of a confusion matrix. */
export function classScores(confusion: readonly (readonly number[])[]): ClassScores[] {
  return confusion.map((row, label) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, counts) => sum + counts[label]!, 0);
    const right = row[label]!;
    const part = (of: number) => (of === 0 ? 0 : right / of);
    return {
      precision: part(predicted),
      recall: part(support),
      f1: support + predicted === 0 ? 0 : (2 * right) / (support + predicted),
      support,
    };
  });
}
