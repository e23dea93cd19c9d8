import { DataFileError } from './errors.ts';
import { formatNumber, parseNumber } from './numbers.ts';
import type { ProblemType } from './problem-type.ts';
import { showValue } from './show-value.ts';

/** A score, the logit itself. */
export const regression: ProblemType = {
  head: () => ({ kind: 'regression' }),
  labelArray: (labels) => Float32Array.from(labels),
  constantAnswer: 'a constant',

  parse(text, { range }, file, line) {
    const score = parseNumber(text);
    const [low, high] = range ?? [-Infinity, Infinity];
    if (score !== undefined && score >= low && score <= high) return score;
    const expected = range === undefined ? 'a number' : `a number from ${low} to ${high}`;
    throw new DataFileError(file, line, `score ${showValue(text)}, expected ${expected}`);
  },
  fromRecord(value, problem, file, line) {
    if (typeof value === 'string' || typeof value === 'number') {
      return regression.parse(String(value), problem, file, line);
    }
    throw new DataFileError(file, line, `label ${showValue(value)}; expected a number`);
  },

  decode: ([value]) => ({ value: value! }),
  format: ({ index, value }) => formatNumber(value, index),
  submitted({ index, value }, { range }) {
    if (!Number.isFinite(value)) return formatNumber(value, index); // which throws
    const [low, high] = range ?? [-Infinity, Infinity];
    return (Math.min(Math.max(value, low), high) + 0).toFixed(3);
  },
};
