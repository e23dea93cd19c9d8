import { readFile } from 'node:fs/promises';
import { bestThreshold } from './squad-threshold.ts';
import { evaluateSquad, type SpanScores } from './squad.ts';

/** Exact match and F1. */
type Both = [number, number];
interface Row {
  readonly prediction: string;
  readonly answers: string[];
  readonly impossible: boolean;
  readonly odds: number;
  readonly v1: Both;
  readonly v2: Both;
}
interface Totals {
  readonly v1: Both;
  readonly v2: Both;
  readonly hasAnswer: Both;
  readonly noAnswer: Both;
  /** By exact match and by F1: the best mean and its threshold. */
  readonly best: [Both, Both];
}

let totals: Totals;
let rows: Row[];
beforeAll(async () => {
  const lines = await readFile(new URL('fixtures/squad.jsonl', import.meta.url), 'utf8');
  const [first, ...others] = lines.trim().split('\n');
  totals = JSON.parse(first!) as Totals;
  rows = others.map((line) => JSON.parse(line) as Row);
});

const both = ({ exactMatch, f1 }: SpanScores): Both => [exactMatch, f1];
const close = ([exact, f1]: Both) => [expect.closeTo(exact, 12), expect.closeTo(f1, 12)];
const judge = (row: Row) => ({ prediction: row.prediction, answers: row.impossible ? [] : row.answers });

it('scores 2,000 predictions as the scorer of version 1.1 does, each and all', () => {
  const { questions, ...all } = evaluateSquad(rows, '1.1');
  expect(rows).toHaveLength(2000);
  questions.forEach((scores, i) => expect([rows[i], both(scores)]).toEqual([rows[i], close(rows[i]!.v1)]));
  expect(both(all)).toEqual(close(totals.v1));
});

it('scores them as that of version 2.0 does, each, all, and those with an answer and without', () => {
  const { questions, hasAnswer, noAnswer, ...all } = evaluateSquad(rows.map(judge), '2.0');
  questions.forEach((scores, i) => expect([rows[i], both(scores)]).toEqual([rows[i], close(rows[i]!.v2)]));
  expect([all, hasAnswer!, noAnswer!].map(both)).toEqual(
    [totals.v2, totals.hasAnswer, totals.noAnswer].map(close),
  );
});

it.each([
  ['exactMatch', 0],
  ['f1', 1],
] as const)('finds the threshold that is best for %s', (metric, side) => {
  const found = bestThreshold(
    rows.map(judge),
    rows.map(({ odds }) => odds),
    metric,
  );
  expect([found.score, found.threshold]).toEqual(close(totals.best[side]));
  expect(() => bestThreshold(rows.map(judge), [1], metric)).toThrow('1 null scores for 2000 questions');
});
