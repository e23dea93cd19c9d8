import { type JsonObject, refuse } from './tokenizer-files.ts';

/** Classes of transformers that build BERT's tokenizer from the vocabulary and the settings. */
const bertClasses = ['BertTokenizer', 'BertTokenizerFast'];
/** Classes that take `tokenizer.json` as it is. */
const jsonClasses = ['PreTrainedTokenizerFast', 'TokenizersBackend'];

const absent = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);
const bool = (value: unknown): boolean => typeof value === 'boolean';
const japanese = { fits: absent, expected: 'no setting of BertJapaneseTokenizer, which is not supported' };
const slow = "transformers' tokenizers of version 5 ignore it";

interface Rule {
  readonly fits: (value: unknown) => boolean;
  readonly expected: string;
}

/** Settings that decide ids or rows, and what they may be. Others, such as `name_or_path`, decide neither. */
const rules: Readonly<Record<string, Rule>> = {
  tokenizer_class: {
    fits: (value) => absent(value) || [...bertClasses, ...jsonClasses].includes(value as string),
    expected: `one of ${[...bertClasses, ...jsonClasses].join(', ')}; others divide words by rules of their own`,
  },
  auto_map: { fits: absent, expected: 'nothing: a program that comes with the tokenizer is not run' },
  fast_tokenizer_files: {
    fits: absent,
    expected: 'nothing: of a tokenizer.json in versions, rename the one to use',
  },
  do_lower_case: { fits: bool, expected: 'true or false' },
  strip_accents: { fits: (value) => value === null || bool(value), expected: 'true, false or null' },
  tokenize_chinese_chars: { fits: bool, expected: 'true or false' },
  clean_text: { fits: (value) => value === true, expected: 'true' },
  do_basic_tokenize: { fits: (value) => value === true, expected: `true, since ${slow}` },
  never_split: { fits: absent, expected: `nothing, since ${slow}; add the words as added tokens` },
  wordpieces_prefix: { fits: (value) => value === '##', expected: '"##"' },
  add_special_tokens: { fits: absent, expected: 'nothing: [CLS] and [SEP] are always added' },
  split_special_tokens: { fits: (value) => value === false, expected: 'false' },
  padding_side: { fits: (value) => value === 'right', expected: '"right"' },
  truncation_side: { fits: (value) => value === 'right', expected: '"right"' },
  model_input_names: {
    fits: (value) => Array.isArray(value) && value.includes('token_type_ids'),
    expected: 'a list with "token_type_ids", which BERT reads',
  },
  vocab: { fits: absent, expected: 'nothing: the vocabulary is that of tokenizer.json or vocab.txt' },
  init_inputs: { fits: absent, expected: 'nothing' },
  word_tokenizer_type: japanese,
  subword_tokenizer_type: japanese,
  do_word_tokenize: japanese,
  do_subword_tokenize: japanese,
  mecab_kwargs: japanese,
  sudachi_kwargs: japanese,
  jumanpp_kwargs: japanese,
};

/** @throws VocabularyError naming the first setting of `tokenizer_config.json` that asks for what is not done here */
export function checkSettings(settings: JsonObject, file: string): void {
  for (const [setting, { fits, expected }] of Object.entries(rules)) {
    const value = settings[setting];
    if (Object.hasOwn(settings, setting) && !fits(value)) {
      refuse(file, setting, value, expected);
    }
  }
}

/** Whether transformers takes `tokenizer.json` as it is, and of the settings only those about tokens. */
export function takesJsonAsItIs(settings: JsonObject): boolean {
  return jsonClasses.includes(settings['tokenizer_class'] as string);
}
