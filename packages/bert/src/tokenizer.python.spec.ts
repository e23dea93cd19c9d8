import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describePython } from '@diffprune/testing';
import fc from 'fast-check';
import { createTokenizer, type TokenizerFiles, VocabularyError } from './tokenizer.ts';
import { exportTokenizerFiles } from './tokenizer-export.ts';

const script = fileURLToPath(new URL('../python/auto_tokenizer.py', import.meta.url));

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const words = [
  ...special,
  ...'the a film Film müsste musste Müsste 東京 東 京 < > user - ##京 [ ] É é e E'.split(' '),
];
const size = words.length + 3;
const vocabulary = `${words.join('\n')}\n`;
const texts = [
  'The film, a Film FILM müsste Müsste',
  '東京 the [MASK] <user> a',
  'a<user>the <USER> <us er> É  <user> é [SEP]the film-film <x>[NEW]',
];

const spelt = fc.constantFrom('<user>', '<us', 'film', 'É', '[NEW]', '<x>', '[MASK]');
const flag = fc.boolean();
const token = fc.record(
  { content: spelt, lstrip: flag, rstrip: flag, single_word: flag, normalized: flag, special: flag },
  { requiredKeys: ['content'] },
);
const idOf = (content: string, next: number): number => {
  const id = words.indexOf(content);
  return id < 0 ? next : id;
};
/** Tokens with the ids that they will get. */
const numbered = fc.uniqueArray(token, { selector: ({ content }) => content, maxLength: 3 }).map((tokens) => {
  let next = words.length;
  return tokens.map((token) => {
    const id = idOf(token.content, next);
    next = Math.max(next, id + 1);
    return { id, token };
  });
});
const decoder = numbered.map((tokens) => {
  const usual = special.map((content, id) => [id, { content, normalized: false, special: true }] as const);
  const mine = tokens.map(({ id, token }) => [id, token] as const);
  return Object.fromEntries([...usual, ...mine]);
});
const list = fc.uniqueArray(spelt, { maxLength: 2 });

const settings = fc.record(
  {
    tokenizer_class: fc.constantFrom('BertTokenizer', 'BertTokenizerFast', 'PreTrainedTokenizerFast'),
    do_lower_case: flag,
    strip_accents: fc.option(flag),
    tokenize_chinese_chars: flag,
    added_tokens_decoder: decoder,
    additional_special_tokens: list,
    extra_special_tokens: list,
    cls_token: fc.constantFrom('[CLS]', '[MASK]'),
    bos_token: fc.constantFrom('<user>', 'film'),
    image_token: fc.constantFrom('<x>'),
    model_max_length: fc.constant(8),
  },
  { requiredKeys: [] },
);
const tokenMap = fc.record(
  {
    additional_special_tokens: list,
    unk_token: fc.constant('[UNK]'),
    sep_token: fc.constant({ content: '[SEP]', normalized: false }),
  },
  { requiredKeys: [] },
);
const addedTokens = numbered.map((tokens) =>
  Object.fromEntries(tokens.map(({ id, token }) => [token.content, id])),
);
const json = fc
  .record({
    lowercase: flag,
    strip_accents: fc.option(flag),
    handle_chinese_chars: flag,
    added: numbered,
    bare: flag,
  })
  .map(({ added, bare, ...normalizer }) => {
    const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    const tokens = bare ? [] : special.map((content, id) => ({ id, content, ...plain }));
    return {
      version: '1.0',
      added_tokens: [...tokens, ...added.map(({ id, token }) => ({ id, ...plain, ...token }))],
      normalizer: { type: 'BertNormalizer', clean_text: true, ...normalizer },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      },
    };
  });
const folders: fc.Arbitrary<TokenizerFiles> = fc
  .record(
    { json, settings, tokenMap, addedTokens, vocabulary: fc.constant(vocabulary) },
    { requiredKeys: ['vocabulary'] },
  )
  .map(({ json, settings, tokenMap, addedTokens, vocabulary }) => ({
    'vocab.txt': vocabulary,
    ...(json && { 'tokenizer.json': JSON.stringify(json) }),
    ...(settings && { 'tokenizer_config.json': JSON.stringify(settings) }),
    ...(tokenMap && { 'special_tokens_map.json': JSON.stringify(tokenMap) }),
    ...(addedTokens && { 'added_tokens.json': JSON.stringify(addedTokens) }),
  }));

describePython(['transformers 5'], "ids of transformers' AutoTokenizer", (run) => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'tokenizers-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  let written = 0;
  function write(files: TokenizerFiles): string {
    const folder = join(root, String(written++));
    mkdirSync(folder);
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'bert', vocab_size: size }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }
  const theirs = (folders: readonly string[]): unknown[] => run(script, { folders, texts }) as unknown[];

  it('are ours for any settings and added tokens, or the files are refused by name', () => {
    const all = fc.sample(folders, { numRuns: 400 });
    const answers = theirs(all.map(write));
    let equal = 0;
    all.forEach((files, i) => {
      let ours;
      try {
        ours = createTokenizer(files, size, 'there');
      } catch (error) {
        expect(error).toBeInstanceOf(VocabularyError);
        expect((error as Error).message).toMatch(
          /^there: .*(tokenizer|added_tokens|_special_tokens|_token"|added token)/,
        );
        return;
      }
      expect({ files, ids: texts.map((text) => ours.ids(text)) }).toEqual({ files, ids: answers[i] });
      equal++;
    });
    expect(equal).toBeGreaterThan(100);
  });

  it('are ours over the files that are written with an applied diff', () => {
    const all = fc.sample(folders, { numRuns: 200 }).flatMap((files) => {
      try {
        const ours = createTokenizer(files, size);
        return { ours, files: exportTokenizerFiles(files, ours.description, 16) };
      } catch {
        return [];
      }
    });
    const answers = theirs(all.map(({ files }) => write(files)));
    all.forEach(({ ours, files }, i) => {
      const ids = texts.map((text) => ours.ids(text));
      expect({ files, ids }).toEqual({ files, ids: answers[i] });
      expect(createTokenizer(files, size).description).toEqual(ours.description);
    });
  });
});
