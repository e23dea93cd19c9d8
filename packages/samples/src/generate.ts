import { inference, inferenceLabels } from './inference.ts';
import { opinion, opinionLabels } from './opinion.ts';
import { uniforms } from './random.ts';
import { similarity } from './similarity.ts';
import type { SampleTaskName } from './tasks.ts';

/** Contents of a task's two files. */
export interface SampleFiles {
  readonly train: string;
  readonly dev: string;
}

export interface GenerateOptions {
  readonly trainRows?: number;
  readonly devRows?: number;
  readonly seed?: number;
}

/** A row's texts, then its label. */
type Row = readonly string[];

/** Makes row i of a task; classes take turns, so that they are balanced. */
const makeRow: Record<SampleTaskName, (i: number, uniform: () => number) => Row> = {
  opinion: (i, uniform) => {
    const label = opinionLabels[i % 2 === 0 ? 0 : 1];
    return [opinion(label, uniform), label];
  },
  inference: (i, uniform) => {
    const label = inferenceLabels[i % 2 === 0 ? 0 : 1];
    return [...inference(label, uniform), label];
  },
  similarity: (_, uniform) => {
    const { first, second, score } = similarity(uniform);
    return [first, second, score.toFixed(3)];
  },
};

const headers: Record<SampleTaskName, string> = {
  opinion: 'sentence\tlabel',
  inference: 'index\tsentence1\tsentence2\tlabel',
  similarity: 'index\tsentence1\tsentence2\tscore',
};

/**
 * Generates a sample task as the text of its tab-separated files. The same arguments give the same text; no two
 * rows, in either file, have the same texts, and no row pairs a text with itself.
 *
 * @param options rows (2,000 for training and 400 for development unless given; at most 10,000 together) and seed
 * @throws RangeError if a number of rows is not a positive integer, or more than the grammar is meant for
 */
export function generateTask(name: SampleTaskName, options: GenerateOptions = {}): SampleFiles {
  const { trainRows = 2000, devRows = 400, seed = 0 } = options;
  for (const rows of [trainRows, devRows]) {
    if (!Number.isInteger(rows) || rows < 1 || trainRows + devRows > 10_000) {
      throw new RangeError(`${trainRows} and ${devRows} rows; expected 1 to 10,000 together`);
    }
  }
  const uniform = uniforms(seed);
  const seen = new Set<string>();
  const rows: Row[] = [];
  while (rows.length < trainRows + devRows) {
    const row = makeRow[name](rows.length, uniform);
    const texts = row.slice(0, -1);
    const key = texts.join('\t');
    if (seen.has(key) || (texts.length === 2 && texts[0] === texts[1])) continue;
    seen.add(key);
    rows.push(row);
  }
  const file = (part: Row[]) => {
    const numbered = part.map((row, i) => (name === 'opinion' ? row : [String(i), ...row]));
    return [headers[name], ...numbered.map((row) => row.join('\t')), ''].join('\n');
  };
  return { train: file(rows.slice(0, trainRows)), dev: file(rows.slice(trainRows)) };
}
