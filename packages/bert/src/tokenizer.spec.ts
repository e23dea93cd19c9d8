import { readFile } from 'node:fs/promises';
import { itShared } from '@diffprune/testing';
import { createTokenizer, VocabularyError, type TokenizerFiles } from './tokenizer.ts';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** A tokenizer of these words, and what it makes of a text. */
function pieces(words: string[], text: string, files: TokenizerFiles = {}): (string | undefined)[] {
  const vocabulary = [...special, ...words];
  const tokenizer = createTokenizer({ 'vocab.txt': vocabulary.join('\n'), ...files }, vocabulary.length);
  return tokenizer.ids(text).map((id) => tokenizer.token(id));
}

describe('createTokenizer', () => {
  // The cases of the original implementation's own tests (google-research/bert, tokenization_test.py).
  it('splits words as the original does', () => {
    const words = ['want', '##want', '##ed', 'wa', 'un', 'runn', '##ing', ','];
    expect(pieces(words, 'UNwant\u00e9d,running')).toEqual(['un', '##want', '##ed', ',', 'runn', '##ing']);
    expect(pieces(words, 'unwanted running')).toEqual(['un', '##want', '##ed', 'runn', '##ing']);
    expect(pieces(words, 'unwantedX running')).toEqual(['[UNK]', 'runn', '##ing']);
    expect(pieces(words, '')).toEqual([]);
  });

  it('separates words, punctuation and Chinese characters as the original does', () => {
    const words = ['hello', 'how', 'are', 'you', '!', '?', 'ah', 'zz', '\u535a', '\u63a8', '\u{20000}'];
    expect(pieces(words, ' \tHeLLo!how  \n Are yoU?  ')).toEqual(['hello', '!', 'how', 'are', 'you', '?']);
    expect(pieces(words, 'H\u00e9llo')).toEqual(['hello']);
    expect(pieces(words, 'ah\u535a\u63a8zz')).toEqual(['ah', '\u535a', '\u63a8', 'zz']);
    expect(pieces(words, 'ah\u{20000}\u{20000}zz')).toEqual(['ah', '\u{20000}', '\u{20000}', 'zz']);
    expect(pieces(words, 'a\u0000h\u200b \ufffd\u0007zz\u00a0you')).toEqual(['ah', 'zz', 'you']);
  });

  it('says where in the text each piece is, in UTF-16 units', () => {
    const vocabulary = [...special, 'want', '##ed', 'cafe', 'i', '##stan', '東', '!'];
    const { encode, ids } = createTokenizer({ 'vocab.txt': vocabulary.join('\n') }, vocabulary.length);
    const slices = (text: string) => {
      const found = encode(text);
      expect(found.ids).toEqual(ids(text));
      return found.starts.map((start, i) => text.slice(start, found.ends[i]));
    };
    expect(slices(' Wanted!')).toEqual(['Want', 'ed', '!']);
    // accents that are part of a letter, and one of its own behind it
    expect(slices('Caf\u00e9 Cafe\u0301 Ca\u0301fe')).toEqual(['Caf\u00e9', 'Cafe', 'Ca\u0301fe']);
    expect(slices('\u{1f600}\u{20000} \u0130stan\u6771')).toEqual([
      '\u{1f600}',
      '\u{20000}',
      '\u0130',
      'stan',
      '\u6771',
    ]);
    expect(slices('wan\u0000t\u00ad\ud800ed [SEP]!')).toEqual(['wan\u0000t', 'ed', '[SEP]', '!']);
    expect(encode('')).toEqual({ ids: [], starts: [], ends: [] });
  });

  it('keeps case and accents where do_lower_case is false', () => {
    const files = { 'tokenizer_config.json': '{"do_lower_case": false}' };
    expect(pieces(['H\u00e9', 'h\u00e9', 'He', 'he'], 'H\u00e9 h\u00e9 He he', files)).toEqual([
      'H\u00e9',
      'h\u00e9',
      'He',
      'he',
    ]);
  });

  it('gives up on a word of more than 100 characters', () => {
    expect(pieces(['a', '##a'], 'a'.repeat(100))).toHaveLength(100);
    expect(pieces(['a', '##a'], 'a'.repeat(101))).toEqual(['[UNK]']);
  });

  it('reads special tokens in a text', () => {
    expect(pieces(['a'], 'a [SEP]a[MASK]')).toEqual(['a', '[SEP]', 'a', '[MASK]']);
  });

  it('reads Windows line ends and an empty last line', () => {
    const tokenizer = createTokenizer({ 'vocab.txt': [...special, 'a', ''].join('\r\n') }, 6);
    expect([tokenizer.size, tokenizer.ids('a')]).toEqual([6, [5]]);
  });

  it("gives the special tokens' ids, and text back", () => {
    const vocabulary = ['go', '##ing', ...special.toReversed()];
    const tokenizer = createTokenizer({ 'vocab.txt': vocabulary.join('\n') }, 7);
    const { size, padId, unkId, clsId, sepId, maskId } = tokenizer;
    expect([size, padId, unkId, clsId, sepId, maskId]).toEqual([7, 6, 5, 4, 3, 2]);
    expect(tokenizer.text([0, 1, 0])).toBe('going go');
    expect(tokenizer.text([])).toBe('');
  });

  it.each<[string, TokenizerFiles, number, RegExp]>([
    ['no file', {}, 9, /neither tokenizer.json nor vocab.txt/],
    [
      'a vocabulary larger than the model',
      { 'vocab.txt': [...special, 'a'].join('\n') },
      5,
      /"a" has id 5.*5 words/,
    ],
    ['a vocabulary without [MASK]', { 'vocab.txt': special.slice(0, 4).join('\n') }, 9, /lacks \[MASK\]/],
    ['broken JSON', { 'tokenizer.json': '{' }, 9, /tokenizer.json: it is not JSON/],
    ['a JSON list', { 'tokenizer.json': '[]' }, 9, /not a JSON object/],
    [
      'another kind',
      { 'tokenizer.json': '{"model": {"type": "BPE"}}' },
      9,
      /"model.type" is "BPE", expected "WordPiece"/,
    ],
    [
      'no vocabulary',
      { 'tokenizer.json': '{"model": {"type": "WordPiece"}}' },
      9,
      /holds no WordPiece vocabulary/,
    ],
    ['an odd id', { 'tokenizer.json': '{"model": {"vocab": {"a": "1"}}}' }, 9, /"a" has the id "1"/],
    [
      'a description without its parts',
      {
        'tokenizer.json': JSON.stringify({
          model: { vocab: Object.fromEntries(special.map((t, i) => [t, i])) },
        }),
      },
      9,
      /"model.unk_token" is missing, expected a text/,
    ],
  ])('refuses %s', (_, files, vocabSize, message) => {
    const create = () => createTokenizer(files, vocabSize, 'there');
    expect(create).toThrow(VocabularyError);
    expect(create).toThrow(message);
    expect(create).toThrow('there');
  });
});

// What Hugging Face's Rust tokenizers make of awkward texts: see fixtures/make-tokenizer-fixtures.py.
describe.each(['uncased', 'cased'] as const)('the Rust tokenizer, %s,', (name) => {
  const read = (file: string) => readFile(new URL(`fixtures/wordpiece/${file}`, import.meta.url), 'utf8');

  it.each(['vocab.txt', 'tokenizer.json'])('is followed from %s', async (kind) => {
    const tokenizer = createTokenizer(
      {
        [kind]: await read(kind === 'vocab.txt' ? kind : `${name}.${kind}`),
        'tokenizer_config.json': JSON.stringify({ do_lower_case: name === 'uncased' }),
      },
      286,
    );
    const lines = (await read('ids.jsonl')).trimEnd().split('\n');
    const known = lines.map(
      (line) => JSON.parse(line) as { text: string; uncased: number[]; cased: number[] },
    );
    expect(tokenizer.size).toBe(286);
    expect(known.map(({ text }) => [text, tokenizer.ids(text)])).toEqual(
      known.map((entry) => [entry.text, entry[name]]),
    );
  });
});

describe("BERT's uncased English vocabulary", () => {
  const folder = 'fixtures/bert-tiny-sst2';
  const tokenizerOf = async (folder: string) =>
    createTokenizer({ 'vocab.txt': await readFile(`${folder}/vocab.txt`, 'utf8') }, 30522);

  itShared(folder, 'has its 30,522 entries and special tokens', async (folder) => {
    const { size, padId, unkId, clsId, sepId, maskId } = await tokenizerOf(folder);
    expect({ size, padId, unkId, clsId, sepId, maskId }).toEqual({
      size: 30522,
      padId: 0,
      unkId: 100,
      clsId: 101,
      sepId: 102,
      maskId: 103,
    });
  });

  itShared(folder, 'gives the published ids', async (folder) => {
    const tokenizer = await tokenizerOf(folder);
    const ids = tokenizer.ids('unflinchingly bleak and desperate');
    expect([tokenizer.clsId, ...ids, tokenizer.sepId]).toEqual([
      101, 4895, 10258, 2378, 8450, 2135, 21657, 1998, 7143, 102,
    ]);
    expect(tokenizer.text(ids)).toBe('unflinchingly bleak and desperate');
  });
});
