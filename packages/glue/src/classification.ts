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

  // In records labels go by name, as files spell them, or by position; one in digits that is a spelling is no position.
  fromRecord(given, { labels, values = labels, problemType }, file, line) {
    const isNumber = typeof given === 'number' || typeof given === 'bigint';
    const text = isNumber ? String(given) : given;
    const digits = values.some((value) => /^\d+$/.test(value));
    const numbers = digits ? values : labels.map((_, position) => String(position));
    for (const names of [labels, values, numbers]) {
      if (typeof text === 'string' && names.includes(text)) return names.indexOf(text);
    }
    if (typeof given === 'string' && !/^\d{1,9}$/.test(given)) {
      return classification.parse(given, { labels, problemType }, file, line);
    }
    const named = numbers.map((number, at) => (number === labels[at] ? number : `${number} (${labels[at]})`));
    const shown = typeof given === 'string' ? given : showValue(given);
    const problem = given === -1 ? 'label -1, which means none' : `label ${shown}`;
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
  submitted: (prediction, { labels, values = labels }) => classification.format(prediction, values),
};

/** e^x_i / Σ e^x, computed in double precision about the largest x. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
