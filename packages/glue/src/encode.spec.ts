import fc from 'fast-check';
import { bertPreTokenizer, templateProcessing, Tokenizer, WordPiece } from 'tokenizers';
import type { WordPieces } from './encode.ts';
import { encodeExamples, truncateLongestFirst } from './encode.ts';

/** One word piece for each character. */
const letters: WordPieces = {
  ids: (text) => [...text].map((letter) => letter.charCodeAt(0)),
  clsId: 1,
  sepId: 2,
  padId: 0,
};
const [a, b, c, d] = [97, 98, 99, 100];

describe('encodeExamples', () => {
  it('lays out single texts', () => {
    const features = encodeExamples(
      [
        { index: '0', textA: 'ab', label: 1 },
        { index: '1', textA: '', label: 0 },
      ],
      letters,
      8,
      'single_label_classification',
    );
    expect([...features.tokens]).toEqual([1, a, b, 2, 1, 2]);
    expect([...features.offsets]).toEqual([0, 4, 6]);
    expect([...features.firstLengths]).toEqual([4, 2]);
    expect(features.labels).toEqual({ labels: Int32Array.of(1, 0) });
  });

  it('lays out pairs, cut to maxLength', () => {
    const features = encodeExamples(
      [{ index: '0', textA: 'abcd', textB: 'dc', label: 2.5 }],
      letters,
      8,
      'regression',
    );
    expect([...features.tokens]).toEqual([1, a, b, c, 2, d, c, 2]);
    expect([...features.firstLengths]).toEqual([5]);
    expect(features.labels).toEqual({ labels: Float32Array.of(2.5) });
  });

  it('refuses a maxLength without room, and labels on some rows only', () => {
    const pair = { index: '0', textA: 'a', textB: 'b' };
    expect(() => encodeExamples([pair], letters, 4, 'regression')).toThrow('at least 5');
    expect(() => encodeExamples([pair], letters, NaN, 'regression')).toThrow('maxLength is NaN');
    expect(() => encodeExamples([pair, { ...pair, label: 1 }], letters, 8, 'regression')).toThrow(
      'example 0 has no label',
    );
    expect(encodeExamples([pair], letters, 8, 'regression').labels).toBeUndefined();
  });
});

describe('truncateLongestFirst', () => {
  it('drops from the longer text, from the first on a tie', () => {
    expect(truncateLongestFirst(10, 3, 9)).toEqual([6, 3]);
    expect(truncateLongestFirst(3, 10, 9)).toEqual([3, 6]);
    expect(truncateLongestFirst(10, 10, 9)).toEqual([4, 5]);
    expect(truncateLongestFirst(11, 10, 9)).toEqual([5, 4]);
    expect(truncateLongestFirst(2, 3, 9)).toEqual([2, 3]);
    expect(truncateLongestFirst(10, 0, 9)).toEqual([9, 0]);
  });

  it('cuts as the Rust library does', async () => {
    const [cls, sep, a, b] = ['[CLS]', '[SEP]', 'a', 'b'];
    const model = WordPiece.init({ '[UNK]': 0, [cls]: 1, [sep]: 2, a: 3, b: 4 });
    const rust = new Tokenizer(model);
    rust.setPreTokenizer(bertPreTokenizer());
    rust.setPostProcessor(
      templateProcessing('[CLS] $A [SEP]', '[CLS] $A [SEP] $B:1 [SEP]:1', [
        [cls, 1],
        [sep, 2],
      ]),
    );
    const pieces = { ids: (text: string) => text.match(/\S/g)?.map((c) => (c === a ? 3 : 4)) ?? [] };
    const words = { ...pieces, clsId: 1, sepId: 2, padId: 0 };
    // Its build for Node gives up a text after maxLength tokens, before it cuts; that for Python does not.
    const lengths = fc.integer({ min: 5, max: 60 }).chain((maxLength) => {
      const length = fc.integer({ min: 0, max: maxLength });
      return fc.tuple(length, fc.option(length, { nil: undefined }), fc.constant(maxLength));
    });
    await fc.assert(
      fc.asyncProperty(lengths, async ([first, second, maxLength]) => {
        const textA = `${a} `.repeat(first);
        const textB = second === undefined ? undefined : `${b} `.repeat(second);
        rust.setTruncation(maxLength);
        const theirs = await rust.encode(textA, textB ?? null);
        const example = { index: '0', textA, ...(textB !== undefined && { textB }) };
        const { tokens, firstLengths } = encodeExamples([example], words, maxLength, 'regression');
        expect([...tokens]).toEqual(theirs.getIds());
        expect([...tokens].map((_, i) => Number(i >= firstLengths[0]!))).toEqual(theirs.getTypeIds());
      }),
      { numRuns: 1000 },
    );
  });

  it('cuts to the room, and never the shorter text below half of it', () => {
    const length = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(length, length, fc.integer({ min: 2, max: 300 }), (first, second, room) => {
        const [keptA, keptB] = truncateLongestFirst(first, second, room);
        expect(keptA + keptB).toBe(Math.min(first + second, room));
        expect(keptA).toBeGreaterThanOrEqual(Math.min(first, Math.floor(room / 2)));
        expect(keptB).toBeGreaterThanOrEqual(Math.min(second, Math.floor(room / 2)));
      }),
    );
  });
});
