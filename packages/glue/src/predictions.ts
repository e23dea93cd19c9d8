import { DataFileError } from './errors.ts';
import { parseLabel, parseNumber } from './examples.ts';
import type { Task } from './task.ts';
import type { Row } from './tsv.ts';
import { tsvRows } from './tsv.ts';

/** What a model says of one row. */
export interface Prediction {
  /** The row's identifier in its file. */
  readonly index: string;
  /** Class (position in the task's labels), or score. */
  readonly value: number;
  /** A classification's probabilities in the order of the task's labels. */
  readonly probabilities?: ArrayLike<number>;
}

/**
 * `predictions.tsv`: a header, then for each row its index, the predicted label or score, and, in a
 * classification, the probability of each label. Numbers have nine significant digits, which name a float32
 * exactly.
 *
 * @throws RangeError for a class that the task does not have, a wrong number of probabilities, a number that is not
 *   finite, or an index with a tab or a line break in it
 */
export function formatPredictions(task: Task, predictions: readonly Prediction[]): string {
  const rows = predictions.map((prediction) => {
    const probabilities = Array.from(prediction.probabilities ?? [], (p) => number(p, prediction));
    if (probabilities.length !== task.labels.length) {
      const found = `${probabilities.length} probabilities`;
      throw new RangeError(`row ${prediction.index}: ${found}, expected ${task.labels.length}`);
    }
    return [...fields(task, prediction, task.labels), ...probabilities];
  });
  return table([['index', 'prediction', ...probabilityColumns(task)], ...rows]);
}

/**
 * A submission file for the GLUE server: `index` and `prediction` columns, labels as the server spells them (0 and
 * 1, or names), scores as numbers, those outside the task's range moved to its ends, for the server refuses others. Its
 * file name is the test split's `submission`.
 *
 * @throws RangeError as `formatPredictions` does
 */
export function formatSubmission(task: Task, predictions: readonly Prediction[]): string {
  const [low, high] = task.range ?? [-Infinity, Infinity];
  const clipped = (row: Prediction): Prediction =>
    task.problemType === 'regression' ? { ...row, value: Math.min(Math.max(row.value, low), high) } : row;
  const values = task.values ?? task.labels;
  return table([['index', 'prediction'], ...predictions.map((row) => fields(task, clipped(row), values))]);
}

/**
 * Reads what `formatPredictions` or `formatSubmission` wrote.
 *
 * @param content the file's bytes (UTF-8)
 * @param file the file's name, for messages
 * @throws DataFileError for a missing column, an unknown label or a malformed number
 */
export function parsePredictions(content: Uint8Array, file: string, task: Task): Prediction[] {
  const [header, ...rows] = [...tsvRows(content, file)];
  const names = header?.fields ?? [];
  if (names[0] !== 'index' || names[1] !== 'prediction') {
    throw new DataFileError(file, 1, 'the header must begin with the columns "index" and "prediction"');
  }
  if (names.length > 2 && names.slice(2).join('\t') !== probabilityColumns(task).join('\t')) {
    const expected = probabilityColumns(task).join(', ') || 'no further column';
    throw new DataFileError(file, 1, `columns ${names.slice(2).join(', ')}, expected ${expected}`);
  }
  const { values, ...named } = { ...task, range: [-Infinity, Infinity] as const };
  // a submission has no probabilities
  const spelt = { ...named, ...(values && names.length === 2 && { values }) };
  return rows.map((row: Row): Prediction => {
    if (row.fields.length !== names.length) {
      throw new DataFileError(file, row.line, `${row.fields.length} fields, expected ${names.length}`);
    }
    const [index = '', prediction = '', ...rest] = row.fields;
    const value = parseLabel(prediction, spelt, file, row.line);
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

function probabilityColumns(task: Task): string[] {
  return task.labels.map((label) => `probability_${label}`);
}

function fields(task: Task, prediction: Prediction, labels: readonly string[]): string[] {
  const { index, value } = prediction;
  if (/[\t\r\n]/.test(index))
    throw new RangeError(`row index ${JSON.stringify(index)} has a tab or line break`);
  if (task.problemType === 'regression') return [index, number(value, prediction)];
  const label = labels[value];
  if (label === undefined) throw new RangeError(`row ${index}: ${task.name} has no class ${value}`);
  return [index, label];
}

function number(value: number, { index }: Prediction): string {
  if (!Number.isFinite(value)) throw new RangeError(`row ${index}: ${value} is not a finite number`);
  return String(Number(value.toPrecision(9)));
}

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((fields) => `${fields.join('\t')}\n`).join('');
}
