import { decodeSpans } from './decode-spans.ts';
import { encodeQuestions } from './encode-questions.ts';
import { defaultSpanSettings, type SpanSettings } from './span-settings.ts';
import { wordPieces } from './word-pieces.fixture.ts';

const settings: SpanSettings = { ...defaultSpanSettings, docStride: 2, maxQuestionLength: 1 };
const example = { id: 'x', question: 'q', context: 'a b c d e f g' };

/** The answer where the windows give these positions' logits, others being 0: row, position, start's, end's. */
function decode(
  peaks: [number, number, number, number][],
  some: Partial<SpanSettings> = {},
  given = example,
) {
  const wanted = { ...settings, ...some };
  // [CLS] q [SEP] and four pieces [SEP]: a b c d, c d e f, e f g
  const features = encodeQuestions([given], wordPieces, 8, wanted);
  const logits = [2, 3].map((side) =>
    features.windows.map((_, row) => {
      const values = new Float32Array(8);
      for (const peak of peaks) if (peak[0] === row) values[peak[1]!] = peak[side]!;
      return values;
    }),
  );
  return decodeSpans({ start_logits: logits[0]!, end_logits: logits[1]! }, [given], features, wanted)[0]!;
}

it('takes the best stretch of all windows, and nothing outside the context', () => {
  expect(
    decode([
      [0, 3, 2, 0],
      [0, 5, 0, 2],
      [2, 4, 5, 0],
      [2, 5, 0, 4],
    ]).text,
  ).toBe('f g');
  expect(
    decode([
      [0, 0, 9, 9],
      [0, 1, 9, 9],
      [0, 2, 9, 9],
      [0, 7, 9, 9],
      [1, 4, 1, 1],
    ]).text,
  ).toBe('d');
});

it('ends no stretch before it begins, and none beyond the longest', () => {
  expect(
    decode([
      [0, 6, 5, 0],
      [0, 3, 0, 5],
    ]).text,
  ).toMatch(/^(d|a)$/);
  expect(
    decode(
      [
        [0, 3, 5, 1],
        [0, 6, 0, 5],
      ],
      { maxAnswerLength: 3 },
    ).text,
  ).toBe('a');
});

it('counts a stretch that two windows hold once, with its better score', () => {
  const { nBest } = decode(
    [
      [0, 5, 1, 1],
      [1, 3, 2, 1],
    ],
    { nBest: 100 },
  );
  const places = nBest.map(({ start, end }) => `${start} ${end}`);
  expect(new Set(places).size).toBe(places.length);
  // 4 + 3 + 2 + 1 of either first window, of which c, d and c d are the same; of the last e, f, e f again
  expect(places).toHaveLength(10 + 10 - 3 + 6 - 3);
  expect(nBest[0]).toMatchObject({ text: 'c', startLogit: 2, endLogit: 1 });
  expect(nBest.map(({ startLogit, endLogit }) => startLogit + endLogit)).toEqual(
    nBest.map(({ startLogit, endLogit }) => startLogit + endLogit).sort((a, b) => b - a),
  );
});

it('has no answer in version 2.0 where the lowest score of that passes the threshold', () => {
  const peaks: [number, number, number, number][] = [
    [0, 0, 3, 3],
    [1, 0, 4, 4],
    [2, 0, 1, 1],
    [1, 4, 1, 0.5],
  ];
  // 2 of the last window against 1.5
  const said = decode(peaks, { version2: true });
  expect(said).toMatchObject({ text: '', start: 0, end: 0, nullScore: 0.5 });
  expect(said.probability).toBe(said.nBest[0]!.probability);
  expect(decode(peaks, { version2: true, nullThreshold: 0.5 })).toMatchObject({ text: 'd', nullScore: 0.5 });
  expect(decode(peaks)).toMatchObject({ text: 'd' });
  expect(decode(peaks).nullScore).toBeUndefined();
});

it('answers nothing where the context has no word', () => {
  const empty = { ...example, context: ' \n' };
  expect(decode([], {}, empty)).toEqual({ id: 'x', text: '', start: 0, end: 0, probability: 0, nBest: [] });
  expect(decode([], { version2: true }, empty)).toMatchObject({
    text: '',
    probability: 1,
    nullScore: Infinity,
  });
});

it('keeps accents of their own with the letter that they are on, and no more', () => {
  const accented = { ...example, context: 'e\u0301\u0316 x' };
  expect(decode([[0, 3, 2, 2]], {}, accented).text).toBe('e\u0301\u0316');
});
