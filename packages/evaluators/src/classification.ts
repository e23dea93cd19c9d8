import { binary, checkPairs } from './pairs.ts';

/**
 * Fraction of predictions that equal their label, in [0, 1]; 0 for no rows.
 *
 * @throws RangeError if the lengths differ or a number is not finite
 */
export function accuracy(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPairs(predictions, labels);
  const equal = Array.from(predictions).filter((value, row) => value === labels[row]).length;
  return labels.length === 0 ? 0 : equal / labels.length;
}

/**
 * F1 of class 1, in [0, 1]: 2·TP / (2·TP + FP + FN), the harmonic mean of precision and recall. Undefined where
 * class 1 is neither predicted nor a label; it is then 0.
 *
 * @throws RangeError if the lengths differ or a class is neither 0 nor 1
 */
export function f1(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const { truePositives, falsePositives, falseNegatives } = confusion(predictions, labels);
  const sum = 2 * truePositives + falsePositives + falseNegatives;
  return sum === 0 ? 0 : (2 * truePositives) / sum;
}

/**
 * Matthews' correlation coefficient of two classes, in [-1, 1] (Matthews 1975): the correlation of two binary
 * variables. Undefined where predictions or labels are all of one class; it is then 0.
 *
 * @throws RangeError if the lengths differ or a class is neither 0 nor 1
 */
export function matthews(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const {
    truePositives: tp,
    falsePositives: fp,
    falseNegatives: fn,
    trueNegatives: tn,
  } = confusion(predictions, labels);
  // Square roots of the factors, not of their product, which would pass 2^53 beyond some 10,000 rows.
  const spread = Math.sqrt((tp + fp) * (tn + fn)) * Math.sqrt((tp + fn) * (tn + fp));
  return spread === 0 ? 0 : Math.max(-1, Math.min(1, (tp * tn - fp * fn) / spread));
}

/** Counts of the four outcomes; class 1 is the positive one. */
function confusion(predictions: ArrayLike<number>, labels: ArrayLike<number>) {
  checkPairs(predictions, labels, binary);
  const count = (prediction: number, label: number) =>
    Array.from(labels).filter((value, row) => value === label && predictions[row] === prediction).length;
  return {
    truePositives: count(1, 1),
    falsePositives: count(1, 0),
    falseNegatives: count(0, 1),
    trueNegatives: count(0, 0),
  };
}
