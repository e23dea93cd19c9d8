import { DataFileError } from './errors.ts';
import { formatNumber, parseNumber } from './numbers.ts';
import type { Prediction } from './problem-type.ts';
import { problemTypeOf } from './problem-types.ts';
import type { Problem } from './task.ts';
import type { Row } from './tsv.ts';
import { tsvRows } from './tsv.ts';

/**
 * `predictions.tsv`: a header, then for each row its index, the predicted label or score, and, in a
 * classification, the probability of each label. Numbers have nine significant digits, which name a float32
 * exactly.
 *
 * @throws RangeError for a class that the task does not have, a wrong number of probabilities, a number that is not
 *   finite, or an index with a tab or a line break in it
 */
export function formatPredictions(problem: Problem, predictions: readonly Prediction[]): string {
  const type = problemTypeOf(problem);
  const rows = predictions.map((prediction) => {
    const probabilities = Array.from(prediction.probabilities ?? [], (p) =>
      formatNumber(p, prediction.index),
    );
    if (probabilities.length !== problem.labels.length) {
      const found = `${probabilities.length} probabilities`;
      throw new RangeError(`row ${prediction.index}: ${found}, expected ${problem.labels.length}`);
    }
    return [checkedIndex(prediction), type.format(prediction, problem.labels), ...probabilities];
  });
  return table([['index', 'prediction', ...probabilityColumns(problem)], ...rows]);
}

/**
 * A file of a submission to the GLUE server: `index` and `prediction` columns with a tab between them, a line feed after
 * each row, no quotes; labels as the server spells them (0 and 1, or names), scores with three decimals, those outside
 * the task's range moved to its ends, for the server refuses others. jiant (`jiant/evaluate.py`, `strict_glue_format`)
 * and transformers' `run_glue.py` write the same.
 *
 * @throws RangeError as `formatPredictions` does
 */
export function formatSubmission(problem: Problem, predictions: readonly Prediction[]): string {
  const { submitted } = problemTypeOf(problem);
  const rows = predictions.map((row) => [checkedIndex(row), submitted(row, problem)]);
  return table([['index', 'prediction'], ...rows]);
}

/**
 * Reads what `formatPredictions` or `formatSubmission` wrote.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError for a missing column, an unknown label or a malformed number
 */
export function parsePredictions(content: Uint8Array, file: string, problem: Problem): Prediction[] {
  const [header, ...rows] = [...tsvRows(content, file)];
  const names = header?.fields ?? [];
  if (names[0] !== 'index' || names[1] !== 'prediction') {
    throw new DataFileError(file, 1, 'the header must begin with the columns "index" and "prediction"');
  }
  if (names.length > 2 && names.slice(2).join('\t') !== probabilityColumns(problem).join('\t')) {
    const expected = probabilityColumns(problem).join(', ') || 'no further column';
    throw new DataFileError(file, 1, `columns ${names.slice(2).join(', ')}, expected ${expected}`);
  }
  const { values, range: _, ...named } = problem;
  // a submission has no probabilities
  const spelt = { ...named, ...(values && names.length === 2 && { values }) };
  const type = problemTypeOf(problem);
  return rows.map((row: Row): Prediction => {
    if (row.fields.length !== names.length) {
      throw new DataFileError(file, row.line, `${row.fields.length} fields, expected ${names.length}`);
    }
    const [index = '', prediction = '', ...rest] = row.fields;
    const value = type.parse(prediction, spelt, file, row.line);
    if (rest.length === 0) return { index, value };
    const probabilities = rest.map((text) => {
      const probability = parseNumber(text);
      if (probability === undefined || probability < 0 || probability > 1) {
        throw new DataFileError(file, row.line, `probability ${JSON.stringify(text)}, expected 0 to 1`);
      }
      return probability;
    });
    return { index, value, probabilities };
  });
}

function probabilityColumns(problem: Problem): string[] {
  return problem.labels.map((label) => `probability_${label}`);
}

/** @throws RangeError for one that would break the table */
function checkedIndex({ index }: Prediction): string {
  if (!/[\t\r\n]/.test(index)) return index;
  throw new RangeError(`row index ${JSON.stringify(index)} has a tab or line break`);
}

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((fields) => `${fields.join('\t')}\n`).join('');
}
