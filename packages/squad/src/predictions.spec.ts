import { formatNBest, formatNullOdds, formatPredictions } from './predictions.ts';
import type { SpanAnswer } from './decode-spans.ts';

const candidate = { text: 'a "b"\n', start: 0, end: 6, probability: 0.75, startLogit: 1.5, endLogit: -2 };
const none = { text: '', start: 0, end: 0, probability: 0.25, startLogit: -1, endLogit: -1 };
const answers: SpanAnswer[] = [
  {
    id: 'q1',
    text: candidate.text,
    start: 0,
    end: 6,
    probability: 0.75,
    nullScore: -1.5,
    nBest: [candidate, none],
  },
  { id: '7', ...none, nullScore: 3, nBest: [none] },
  { id: '__proto__', ...none, nullScore: Infinity, nBest: [] },
];

it('writes answers by the ids of their questions, in their order', () => {
  const text = formatPredictions(answers);
  expect(text).toBe('{\n  "q1": "a \\"b\\"\\n",\n  "7": "",\n  "__proto__": ""\n}\n');
  expect(Object.entries(JSON.parse(text) as object)).toHaveLength(3);
  expect(JSON.parse(formatPredictions([]))).toEqual({});
});

it('writes the candidates with the names that transformers has for them', () => {
  const { q1 } = JSON.parse(formatNBest(answers)) as Record<string, unknown>;
  expect(q1).toEqual([
    { text: 'a "b"\n', probability: 0.75, start_logit: 1.5, end_logit: -2 },
    { text: '', probability: 0.25, start_logit: -1, end_logit: -1 },
  ]);
});

it('writes the scores of "no answer", as numbers that JSON has', () => {
  expect(Object.values(JSON.parse(formatNullOdds(answers)) as object)).toEqual([3, -1.5, Number.MAX_VALUE]);
  const { nullScore: _, ...answer } = answers[0]!;
  expect(() => formatNullOdds([answer])).toThrow('the answer to q1 has no score of "no answer"');
});
