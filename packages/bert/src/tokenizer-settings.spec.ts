import { createTokenizer, type TokenizerFiles, VocabularyError } from './tokenizer.ts';
import { exportTokenizerFiles } from './tokenizer-export.ts';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const words = [
  ...special,
  ...'haus Haus musste müsste Müsste 東京 東 京 < > user a film @ ##lm ß'.split(' '),
];
const vocabulary = `${words.join('\n')}\n`;
/** Room for three more tokens. */
const size = words.length + 3;
const user = words.length;

const bert = { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null };
function jsonOf(parts: object = {}, normalizer: object = { ...bert, lowercase: true }): string {
  const model = {
    ...{
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
  };
  return JSON.stringify({ normalizer, pre_tokenizer: { type: 'BertPreTokenizer' }, model, ...parts });
}

const settings = (values: object): TokenizerFiles => ({ 'tokenizer_config.json': JSON.stringify(values) });

function pieces(text: string, files: TokenizerFiles): string {
  const tokenizer = createTokenizer(files, size, 'there');
  return tokenizer
    .ids(text)
    .map((id) => tokenizer.token(id))
    .join(' ');
}

// What transformers 5 gives is right; the spec in Python compares many more with it.
describe('settings of tokenizer_config.json', () => {
  it.each<[object, string, string]>([
    [{ do_lower_case: true, strip_accents: false }, 'Müsste', 'müsste'],
    [{ do_lower_case: false, strip_accents: true }, 'müsste', 'musste'],
    [{ do_lower_case: false }, 'Haus müsste', 'Haus müsste'],
    [{ do_lower_case: true }, 'Haus', 'haus'],
    [{ tokenize_chinese_chars: false }, '東京', '東京'],
    [{ tokenize_chinese_chars: true }, '東京', '東 京'],
  ])('%j hold over vocab.txt and over both forms of tokenizer.json', (values, text, right) => {
    const config = settings({
      tokenize_chinese_chars: true,
      do_lower_case: true,
      strip_accents: null,
      ...values,
    });
    expect(pieces(text, { 'vocab.txt': vocabulary, ...settings(values) })).toBe(right);
    for (const lowercase of [true, false]) {
      const json = jsonOf({}, { ...bert, handle_chinese_chars: lowercase, lowercase });
      expect(pieces(text, { 'tokenizer.json': json, ...config })).toBe(right);
    }
  });

  it('leave tokenizer.json as it is where the class does', () => {
    const json = jsonOf({}, { ...bert, lowercase: false });
    const files = { 'tokenizer.json': json, ...settings({ tokenizer_class: 'PreTrainedTokenizerFast' }) };
    expect(pieces('Haus', files)).toBe('Haus');
  });

  it.each<[string, string, TokenizerFiles]>([
    ['lowercase', 'do_lower_case', { 'tokenizer.json': jsonOf({}, { ...bert, lowercase: false }) }],
    [
      'strip_accents',
      'strip_accents',
      { 'tokenizer.json': jsonOf({}, { ...bert, strip_accents: false, lowercase: true }), ...settings({}) },
    ],
    [
      'handle_chinese_chars',
      'tokenize_chinese_chars',
      { 'tokenizer.json': jsonOf({}, { ...bert, handle_chinese_chars: false, lowercase: true }) },
    ],
    [
      'clean_text',
      'tokenizer_class',
      { 'tokenizer.json': jsonOf({}, { ...bert, clean_text: false, lowercase: true }) },
    ],
  ])(
    'are asked for where the Rust library and transformers read "normalizer.%s" otherwise',
    (part, setting, files) => {
      const read = () => createTokenizer(files, size, 'there');
      expect(read).toThrow(VocabularyError);
      expect(read).toThrow(`there: tokenizer.json: "normalizer.${part}" is false, but`);
      expect(read).toThrow(`"${setting}"`);
    },
  );

  it.each<[string, unknown]>([
    ['tokenizer_class', 'BertJapaneseTokenizer'],
    ['tokenizer_class', 'RobertaTokenizer'],
    ['tokenizer_class', 'PreTrainedTokenizerFast'],
    ['word_tokenizer_type', 'mecab'],
    ['subword_tokenizer_type', 'character'],
    ['mecab_kwargs', { mecab_dic: 'unidic_lite' }],
    ['auto_map', { AutoTokenizer: ['tokenizer.Mine', null] }],
    ['do_lower_case', 'false'],
    ['do_lower_case', null],
    ['strip_accents', 1],
    ['tokenize_chinese_chars', 'no'],
    ['never_split', ['@user']],
    ['do_basic_tokenize', false],
    ['split_special_tokens', true],
    ['truncation_side', 'left'],
    ['padding_side', 'left'],
    ['model_input_names', ['input_ids', 'attention_mask']],
    ['wordpieces_prefix', '@@'],
    ['added_tokens_decoder', [1]],
    ['cls_token', 3],
    ['cls_token', null],
    ['pad_token', null],
    ['unk_token', null],
    ['add_special_tokens', false],
    ['extra_special_tokens', 'a'],
  ])('%s is refused when it is %j', (setting, value) => {
    const read = () =>
      createTokenizer({ 'vocab.txt': vocabulary, ...settings({ [setting]: value }) }, size, 'there');
    expect(read).toThrow(VocabularyError);
    expect(read).toThrow(`there: tokenizer_config.json: "${setting}" is `);
  });

  it('that change nothing are no reason to refuse', () => {
    const values = {
      ...{
        tokenizer_class: 'BertTokenizerFast',
        do_basic_tokenize: true,
        never_split: null,
        model_max_length: 8,
      },
      ...{
        name_or_path: 'x',
        clean_up_tokenization_spaces: true,
        padding_side: 'right',
        mask_token: '[MASK]',
        bos_token: null,
      },
    };
    expect(pieces('Haus a', { 'vocab.txt': vocabulary, ...settings(values) })).toBe('haus a');
  });
});

it('a special token that special_tokens_map.json takes away is no token of the text', () => {
  const files = { 'vocab.txt': vocabulary, 'special_tokens_map.json': '{"pad_token": null}' };
  expect(() => createTokenizer(files, size, 'there')).toThrow(
    'there: special_tokens_map.json: "pad_token" is null, expected a token such as "[PAD]", or no such setting',
  );
});

it('a byte-order mark of vocab.txt is named', () => {
  expect(() => createTokenizer({ 'vocab.txt': `\ufeff${vocabulary}` }, size, 'there')).toThrow(
    'there: vocab.txt begins with a byte-order mark',
  );
});

describe('added tokens', () => {
  const flags = { lstrip: false, rstrip: false, normalized: false, single_word: false, special: true };
  it.each<[string, TokenizerFiles]>([
    ['added_tokens.json', { 'added_tokens.json': JSON.stringify({ '<user>': user }) }],
    ['added_tokens_decoder', settings({ added_tokens_decoder: { [user]: { content: '<user>', ...flags } } })],
    ['additional_special_tokens', settings({ additional_special_tokens: ['<user>'] })],
    ['extra_special_tokens', settings({ extra_special_tokens: ['<user>'] })],
    ['a list of extra_special_tokens', settings({ extra_special_tokens: [{ content: '<user>', ...flags }] })],
    ['names of extra_special_tokens', settings({ extra_special_tokens: { user_token: '<user>' } })],
    ['a token of its own name', settings({ user_token: '<user>' })],
    ['bos_token', settings({ bos_token: { content: '<user>', __type: 'AddedToken' } })],
    ['special_tokens_map.json', { 'special_tokens_map.json': '{"additional_special_tokens": ["<user>"]}' }],
  ])('of %s are found in a text', (_, files) => {
    const tokenizer = createTokenizer({ 'vocab.txt': vocabulary, ...files }, size);
    const ids = [words.indexOf('a'), user, words.indexOf('film')];
    expect(tokenizer.ids('a <user> film')).toEqual(ids);
    expect(tokenizer.ids('a<user>film')).toEqual(ids);
    expect([tokenizer.token(user), tokenizer.size]).toEqual(['<user>', user + 1]);
    const json = createTokenizer({ 'tokenizer.json': jsonOf(), ...files }, size);
    expect(json.ids('a <user> film')).toEqual(ids);
  });

  it('of the vocabulary itself are found by the names of the special ones', () => {
    const files = {
      'vocab.txt': `${vocabulary}<user>\n`,
      ...settings({ additional_special_tokens: ['<user>'] }),
    };
    expect(createTokenizer(files, size).ids('<user>')).toEqual([user]);
    const renamed = { ...files, ...settings({ cls_token: '<user>' }) };
    expect(createTokenizer(renamed, size).clsId).toBe(user);
  });

  it.each<[RegExp, TokenizerFiles]>([
    [
      /added_tokens.json says that "<user>" has the id 22, but it gets 21/,
      { 'added_tokens.json': '{"<user>": 22}' },
    ],
    [
      /added_tokens.json says that "film" has the id 21, but it gets 17/,
      { 'added_tokens.json': '{"film": 21}' },
    ],
    [/added_tokens.json: "<user>" has the id "21"/, { 'added_tokens.json': '{"<user>": "21"}' }],
    [/added_tokens.json adds an empty token, id 21/, { 'added_tokens.json': '{"": 21}' }],
    [
      /added_tokens.json adds "d" with the id 24, but the model has only 24 words/,
      { 'added_tokens.json': '{"A": 21, "b": 22, "c": 23, "d": 24}' },
    ],
    [
      /"bos_token" adds "<user>" with the id 24, but the model/,
      { 'added_tokens.json': '{"A": 21, "b": 22, "c": 23}', ...settings({ bos_token: '<user>' }) },
    ],
    [
      /the added token "A" is the same as "a" once it is normalised/,
      { 'added_tokens.json': '{"a": 16, "A": 21}' },
    ],
    [/the added token "\u0301" is nothing once it is normalised/, { 'added_tokens.json': '{"\u0301": 21}' }],
    [
      /tokenizer.json adds "<user>" with the id 21, but "added_tokens_decoder" of tokenizer_config.json does not/,
      {
        'tokenizer.json': jsonOf({ added_tokens: [{ id: 21, content: '<user>', ...flags }] }),
        ...settings({ added_tokens_decoder: {} }),
      },
    ],
    [
      /"added_tokens_decoder" of tokenizer_config.json says that its "lstrip" is true, not false/,
      {
        'tokenizer.json': jsonOf({ added_tokens: [{ id: 21, content: '<user>', ...flags }] }),
        ...settings({ added_tokens_decoder: { 21: { content: '<user>', ...flags, lstrip: true } } }),
      },
    ],
    [
      /"additional_special_tokens" names "<b>"/,
      {
        'special_tokens_map.json': '{"additional_special_tokens": ["<b>"]}',
        ...settings({ additional_special_tokens: ['<a>'] }),
      },
    ],
    [/the vocabulary lacks <s>/, settings({ cls_token: '<s>' })],
  ])('that cannot be had as they stand are refused: %s', (message, files) => {
    const read = () => createTokenizer({ 'vocab.txt': vocabulary, ...files }, 24, 'there');
    expect(read).toThrow(VocabularyError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^there: /);
  });
});

describe('hostile files', () => {
  const deep = '['.repeat(1e6) + ']'.repeat(1e6);
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => ['a'.repeat(i + 1), user + i]));
  it.each<[RegExp, () => TokenizerFiles]>([
    [/vocab.txt has a size of 100000000, but the 24 words/, () => ({ 'vocab.txt': 'a\n'.repeat(5e7) })],
    [/tokenizer.json has a size of/, () => ({ 'tokenizer.json': ' '.repeat(2e6) })],
    [
      /tokenizer.json: JSON of more than 32 levels/,
      () => ({ 'tokenizer.json': `{"a": ${deep.slice(5e5, -5e5)}}` }),
    ],
    [
      /tokenizer_config.json: JSON of more/,
      () => ({ 'tokenizer_config.json': `{"never_split": ${deep.slice(8e5, -8e5)}}` }),
    ],
    [/added_tokens.json: JSON of more/, () => ({ 'added_tokens.json': '{"a":'.repeat(1e5) })],
    [/special_tokens_map.json: it is not JSON/, () => ({ 'special_tokens_map.json': '{"a": "[[[[' })],
    [/added_tokens.json has a size of 2/, () => ({ 'added_tokens.json': JSON.stringify(many) })],
    [
      /"normalizer" is "Prepend"/,
      () => ({ 'tokenizer.json': jsonOf({}, { type: 'Prepend', prepend: 'a'.repeat(1e6) }) }),
    ],
    [/"cls_token.content" is missing/, () => settings({ cls_token: {} })],
    [/no text: it holds half of a UTF-16 pair/, () => ({ 'added_tokens.json': '{"\\ud83d": 21}' })],
    [
      /both have the id 5/,
      () => ({
        'tokenizer.json':
          '{"model": {"vocab": {"a": 5, "b": 5}, "unk_token": "a", "continuing_subword_prefix": "", "max_input_chars_per_word": 1}}',
      }),
    ],
  ])('are refused: %s', (message, files) => {
    const read = () => createTokenizer({ 'vocab.txt': vocabulary, ...files() }, 24, 'there');
    expect(read).toThrow(VocabularyError);
    expect(read).toThrow(message);
  });

  it('with one long word, or long runs of space about a token, take no long time', () => {
    const flags = { lstrip: true, rstrip: true, single_word: true, special: false, normalized: true };
    const json = jsonOf({ added_tokens: [{ id: 21, content: 'x', ...flags }] });
    const tokenizer = createTokenizer({ 'tokenizer.json': json }, size);
    expect(tokenizer.ids('a'.repeat(1e6))).toEqual([1]);
    expect(tokenizer.ids(`${' '.repeat(5e5)}x${' '.repeat(5e5)}`)).toEqual([21]);
    expect(tokenizer.ids('x_'.repeat(1e5))).not.toContain(21);
    expect(tokenizer.ids(' x'.repeat(1e5))).toHaveLength(1e5);
  });
});

describe('exportTokenizerFiles', () => {
  it('says all of a tokenizer and where to cut, whatever files it came from', () => {
    const files: TokenizerFiles = {
      'vocab.txt': vocabulary,
      'added_tokens.json': JSON.stringify({ '<user>': user }),
      ...settings({ do_lower_case: false, strip_accents: true, model_max_length: 512, name_or_path: 'x' }),
    };
    const tokenizer = createTokenizer(files, size);
    const written = exportTokenizerFiles(files, tokenizer.description, 16);
    expect(createTokenizer(written, size).description).toEqual(tokenizer.description);
    expect(written).toMatchObject({
      'vocab.txt': vocabulary,
      'added_tokens.json': files['added_tokens.json'],
    });
    expect(JSON.parse(written['tokenizer_config.json']!)).toMatchObject({
      tokenizer_class: 'BertTokenizer',
      model_max_length: 16,
      name_or_path: 'x',
      cls_token: '[CLS]',
      do_lower_case: false,
      strip_accents: true,
      tokenize_chinese_chars: true,
    });
    expect(JSON.parse(written['tokenizer.json']!)).toMatchObject({
      truncation: { direction: 'Right', max_length: 16, strategy: 'LongestFirst', stride: 0 },
      padding: null,
      normalizer: { lowercase: false, strip_accents: true },
    });
  });
});
