import { streamKey } from '@diffprune/kernels';
import fc from 'fast-check';
import { textOf } from './pretraining-run.fixture.ts';
import { nextSentence, readPair, textTokens } from './sentence-pair.ts';

const [cls, sep, stop] = [2, 3, 9];
/** Words are even, what continues them is odd; 9 ends a sentence. */
const byId = (holds: (id: number) => boolean) =>
  Uint8Array.from({ length: 5000 }, (_, id) => Number(holds(id)));
const vocabulary = {
  clsId: cls,
  sepId: sep,
  continuesWord: byId((id) => id > 10 && id % 2 === 1),
  endsSentence: byId((id) => id === stop),
};

function pairOf(tokens: readonly number[], length: number, stream: number) {
  const [row, types] = [new Int32Array(length), new Int32Array(length)];
  const label = readPair(textOf(tokens), 0, row, types, streamKey(1, 0, stream), vocabulary);
  const second = types.indexOf(1);
  return {
    label,
    row: [...row],
    types: [...types],
    second,
    text: [...row.slice(1, second - 1), ...row.slice(second, -1)],
  };
}

/** Words of two pieces, all different. */
const words = (count: number): number[] => Array.from({ length: count }, (_, i) => 20 + i + (i % 2));

/** Whether a row has the text's own tokens, in whatever order. */
const isReordered = (text: readonly number[], tokens: readonly number[]): boolean =>
  [...text].sort((a, b) => a - b).every((id, i) => id === tokens[i]);

it('is [CLS] A [SEP] B [SEP], whatever the text', () => {
  const token = fc.oneof(fc.integer({ min: 10, max: 60 }), fc.constantFrom(stop, sep));
  const texts = fc.array(token, { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 5, max: 33 }), fc.nat(), (tokens, length, stream) => {
      const { label, row, types, second, text } = pairOf(tokens, length, stream);
      expect([row[0], row[second - 1], row.at(-1)]).toEqual([cls, sep, sep]);
      expect([second >= 3, second <= length - 2]).toEqual([true, true]);
      expect(types).toEqual(row.map((_, place) => Number(place >= second)));
      expect(text).toHaveLength(textTokens(length));
      if (label === nextSentence.follows) expect(tokens.join()).toContain(text.slice(second - 2).join());
    }),
  );
});

it('leaves an eighth of the rows, repeats in three, takes the second segment of two from elsewhere, breaks the order of two', () => {
  const tokens = words(4000);
  const count = 4000;
  const kinds = { follows: 0, repeats: 0, elsewhere: 0, order: 0 };
  for (let stream = 0; stream < count; stream++) {
    const { label, text } = pairOf(tokens, 63, stream);
    const own = isReordered(text, tokens);
    if (label === nextSentence.follows) kinds[own ? 'follows' : 'repeats']++;
    else kinds[own ? 'order' : 'elsewhere']++;
  }
  // four standard deviations of a binomial share
  const near = (share: number) => 4 * Math.sqrt((share * (1 - share)) / count);
  for (const [kind, share] of Object.entries({
    follows: 0.125,
    repeats: 0.375,
    elsewhere: 0.25,
    order: 0.25,
  })) {
    expect(Math.abs(kinds[kind as keyof typeof kinds] / count - share)).toBeLessThan(near(share));
  }
});

it('keeps words whole where it changes their order, and most words in their place', () => {
  const tokens = words(60);
  let moved = 0;
  for (let stream = 0; stream < 400; stream++) {
    const { label, row, second, text } = pairOf(tokens, 63, stream);
    if (label === nextSentence.follows || !isReordered(text, tokens)) continue;
    row.forEach((id, place) => {
      // an odd piece stands behind its word, unless the text's division came between them
      if (id > 10 && id % 2 === 1 && place !== second) expect(row[place - 1]).toBe(id - 1);
    });
    moved = Math.max(
      moved,
      row.filter((id, place) => id > 10 && id !== tokens[place - (place < second ? 1 : 2)]).length,
    );
  }
  expect(moved).toBeGreaterThan(2);
  expect(moved).toBeLessThan(30);
});

it('begins the second segment with a sentence where one begins near the middle', () => {
  const tokens = words(60);
  tokens[29] = stop;
  let [behind, before] = [0, 0];
  for (let stream = 0; stream < 200; stream++) {
    const { row, second, text } = pairOf(tokens, 63, stream);
    if (text.join() !== tokens.join()) continue;
    if (second === 32) behind++;
    else if (row.slice(0, second).includes(stop)) before++;
  }
  expect([behind > 10, before]).toEqual([true, 0]);
});
