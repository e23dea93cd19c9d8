import { bertNormalizer, bertPreTokenizer, Tokenizer } from 'tokenizers';
import { type AddedToken, findAddedTokens } from './added-tokens.ts';
import { type BertNormalizer, normalizeText, splitWords } from './bert-normalizer.ts';

/** Every character of the planes that have any but unassigned and private ones, and some of those; in blocks. */
const planes = [0, 1, 2, 3, 14].flatMap((plane) =>
  Array.from({ length: 0x100 }, (_, i) => 0x100 * plane + i),
);
const blocks = [...planes, 0x400, 0xdff, 0xf00, 0x10ff].map((block) =>
  Array.from({ length: 0x100 }, (_, i) => 0x100 * block + i)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code)),
);

const none: Readonly<Record<keyof BertNormalizer, boolean>> = {
  cleanText: false,
  handleChineseChars: false,
  stripAccents: false,
  lowercase: false,
};

/** The characters of a block that are treated otherwise than by the library, as code points. */
function differing(block: readonly string[], ours: (text: string) => string, theirs: typeof ours): string[] {
  const text = block.join('\n');
  if (ours(text) === theirs(text)) return [];
  return block.filter((c) => ours(c) !== theirs(c)).map((c) => c.codePointAt(0)!.toString(16));
}

describe.each<keyof BertNormalizer>(['cleanText', 'handleChineseChars', 'stripAccents', 'lowercase'])(
  'the normalizer with %s alone',
  (rule) => {
    it('treats every character as the Rust library does', () => {
      const rules = { ...none, [rule]: true };
      const rust = bertNormalizer(rules);
      const ours = (text: string): string => normalizeText(text, rules);
      const theirs = (text: string): string => rust.normalizeString(text);
      const found = blocks.flatMap((block) => differing(block, ours, theirs));
      // letters that are younger than this JavaScript engine: the library may lower-case them
      const unknown = (code: string): boolean => /\p{Cn}/u.test(String.fromCodePoint(parseInt(code, 16)));
      expect(rule === 'lowercase' ? found.filter((code) => !unknown(code)) : found).toEqual([]);
    });
  },
);

it('orders marks as the Rust library does', () => {
  const rules = { ...none, stripAccents: true };
  const rust = bertNormalizer(rules);
  // between marks that the library knows and keeps: a spacing mark, of class 216, and signs below and above
  const around = (c: string): string => `a\u{1d165}${c}\u{1d165}\u07fd${c}\u07fd\u0898${c}\u0898`;
  const ours = (text: string): string => normalizeText([...text].map(around).join(''), rules);
  const theirs = (text: string): string => rust.normalizeString([...text].map(around).join(''));
  expect(blocks.slice(0, 0x200).flatMap((block) => differing(block, ours, theirs))).toEqual([]);
});

it('divides words at every character where the Rust library does', () => {
  const rust = bertPreTokenizer();
  const between = (text: string): string => [...text].map((c) => `a${c}a`).join('\n');
  const ours = (text: string): string => splitWords(between(text)).join('\0');
  const theirs = (text: string): string =>
    rust
      .preTokenizeString(between(text))
      .map(([word]) => word)
      .join('\0');
  expect(blocks.flatMap((block) => differing(block, ours, theirs))).toEqual([]);
});

it('finds single words beside every character where the Rust library does', async () => {
  const flags = { lstrip: false, rstrip: false, normalized: false, special: false };
  const added = [{ id: 1, content: 'ab', single_word: true, ...flags }];
  const model = {
    ...{
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    vocab: { '[UNK]': 0, ab: 1 },
  };
  const rust = Tokenizer.fromString(JSON.stringify({ added_tokens: added, model }));
  const token: AddedToken = { id: 1, content: 'ab', singleWord: true, ...flags };
  const find = findAddedTokens(new Map([['ab', token]]));
  for (const block of blocks) {
    const text = block.map((c) => `${c}ab\n`);
    const theirs = await rust.encodeBatch(text, { addSpecialTokens: false });
    const differing = block.filter(
      (_, i) => find(text[i]!).some((piece) => piece.token === token) !== theirs[i]!.getIds().includes(1),
    );
    expect(differing.map((c) => c.codePointAt(0)!.toString(16))).toEqual([]);
  }
});
