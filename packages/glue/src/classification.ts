import { DataFileError } from './errors.ts';
import type { ProblemType } from './problem-type.ts';
import { showValue } from './show-value.ts';

/** One of several labels; a label's position is its class. */
export const classification: ProblemType = {
  head: ({ labels }) => ({ kind: 'classification', labels: labels.length }),
  labelArray: (labels) => Int32Array.from(labels),
  constantAnswer: 'the most frequent class',

  parse(text, { labels, values = labels }, file, line) {
    const found = values.indexOf(text);
    if (found >= 0) return found;
    const allowed = values.join(', ');
    throw new DataFileError(file, line, `unknown label ${showValue(text)}, expected one of: ${allowed}`);
  },

  // In records labels go by number or by name; in CSV files a number is written in digits.
  fromRecord(given, { labels, problemType }, file, line) {
    const digits = typeof given === 'string' && /^\d{1,9}$/.test(given) && !labels.includes(given);
    const value = digits ? Number(given) : given;
    if (typeof value === 'string') return classification.parse(value, { labels, problemType }, file, line);
    if (typeof value === 'number' && Number.isInteger(value) && value in labels) return value;
    const named = labels.map((name, position) => `${position} (${name})`);
    const problem = value === -1 ? 'label -1, which means none' : `label ${showValue(value)}`;
    throw new DataFileError(file, line, `${problem}; expected one of: ${named.join(', ')}`);
  },

  /** The most probable class (the first of equals), and the softmax of the logits. */
  decode(logits) {
    const probabilities = softmax(logits);
    return { value: probabilities.indexOf(Math.max(...probabilities)), probabilities };
  },

  format({ index, value }, names) {
    const label = names[value];
    if (label === undefined) {
      throw new RangeError(`row ${index}: no class ${value}, there are ${names.join(', ')}`);
    }
    return label;
  },
  submitted: (prediction) => prediction,
};

/** e^x_i / Σ e^x, computed in double precision about the largest x. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
