import { Tokenizer as WordPieceTokenizer } from '@huggingface/tokenizers';

/** The texts of a folder's tokenizer files, by file name; `tokenizer.json` wins over `vocab.txt`. */
export interface TokenizerFiles {
  readonly 'tokenizer.json'?: string;
  readonly 'vocab.txt'?: string;
  readonly 'tokenizer_config.json'?: string;
  readonly 'special_tokens_map.json'?: string;
}

export const tokenizerFileNames = [
  'tokenizer.json',
  'vocab.txt',
  'tokenizer_config.json',
  'special_tokens_map.json',
] as const satisfies readonly (keyof TokenizerFiles)[];

/** A vocabulary that is malformed or does not fit the model. */
export class VocabularyError extends Error {
  override readonly name = 'VocabularyError';
}

/** Text to WordPiece ids (Devlin et al. 2019; Wu et al. 2016) and back. */
export interface Tokenizer {
  /** The ids of a text, without [CLS] and [SEP]. Special tokens spelt out in the text count as such. */
  ids(text: string): number[];
  /** The text of ids: pieces joined to words, words by spaces. */
  text(ids: readonly number[]): string;
  /** The vocabulary's entry, such as `##ing`. */
  token(id: number): string | undefined;
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  readonly maskId: number;
  readonly unkId: number;
  /** One more than the largest id. */
  readonly size: number;
}

const specialTokens = { pad: '[PAD]', unk: '[UNK]', cls: '[CLS]', sep: '[SEP]', mask: '[MASK]' } as const;

/**
 * Makes a tokenizer from `tokenizer.json` or, without it, from `vocab.txt` (one token a line, the line number being
 * its id) with BERT's own rules; `do_lower_case` of `tokenizer_config.json` then says whether to lower-case and strip
 * accents (by default it does).
 *
 * @param vocabSize the model's, to check that the vocabulary fits it
 * @param source what to call the files in messages, usually their folder
 * @throws VocabularyError if there is no vocabulary, a special token is missing, or an id exceeds the model's
 */
export function createTokenizer(
  files: TokenizerFiles,
  vocabSize: number,
  source = 'the tokenizer',
): Tokenizer {
  const json = parseJson(files['tokenizer.json'], `${source}: tokenizer.json`);
  const settings = parseJson(files['tokenizer_config.json'], `${source}: tokenizer_config.json`) ?? {};
  if (!json && files['vocab.txt'] === undefined) {
    throw new VocabularyError(
      `${source}: neither tokenizer.json nor vocab.txt is there; one of them is needed`,
    );
  }
  const description =
    json ?? describeVocabulary(files['vocab.txt'] ?? '', settings['do_lower_case'] !== false);
  const vocabulary = readVocabulary(description, source);
  for (const [token, id] of vocabulary) {
    if (id >= vocabSize) {
      throw new VocabularyError(
        `${source}: token ${JSON.stringify(token)} has id ${id}, but the model has only ${vocabSize} words; ` +
          `use the vocabulary that the model was trained with`,
      );
    }
  }
  const special = (name: keyof typeof specialTokens): number => {
    const id = vocabulary.get(specialTokens[name]);
    if (id === undefined) throw new VocabularyError(`${source}: the vocabulary lacks ${specialTokens[name]}`);
    return id;
  };
  let size = 0;
  for (const id of vocabulary.values()) size = Math.max(size, id + 1);

  const library = createLibraryTokenizer(description, settings, source);
  const normalizer = description['normalizer'] as JsonObject | null | undefined;
  const spaced = normalizer?.['handle_chinese_chars'] === true;
  return {
    ids: (text) => {
      const separated = spaced ? text.replace(rareIdeographs, ' $& ') : text;
      return library.encode(separated, { add_special_tokens: false }).ids;
    },
    text: (ids) => (ids.length === 0 ? '' : library.decode([...ids])),
    token: (id) => library.id_to_token(id),
    clsId: special('cls'),
    sepId: special('sep'),
    padId: special('pad'),
    maskId: special('mask'),
    unkId: special('unk'),
    size,
  };
}

/**
 * Chinese characters beyond 16 bits. BERT makes each a word of its own, as it does the common ones; the library
 * looks at 16-bit units and so leaves these to us.
 */
const rareIdeographs = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

type JsonObject = Record<string, unknown>;

function createLibraryTokenizer(
  description: JsonObject,
  settings: JsonObject,
  source: string,
): WordPieceTokenizer {
  const model = { type: 'WordPiece', ...(description['model'] as JsonObject) };
  try {
    return new WordPieceTokenizer({ added_tokens: [], ...description, model }, settings);
  } catch (error) {
    throw new VocabularyError(`${source}: tokenizer.json cannot be used (${(error as Error).message})`);
  }
}

function parseJson(text: string | undefined, source: string): JsonObject | undefined {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new VocabularyError(`${source} is not JSON (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new VocabularyError(`${source} is not a JSON object`);
  }
  return json as JsonObject;
}

/** The ids of all tokens, those added after training included. */
function readVocabulary(description: JsonObject, source: string): Map<string, number> {
  const model = (description['model'] ?? {}) as JsonObject;
  // Files written by old versions leave the type out.
  if ((model['type'] ?? 'WordPiece') !== 'WordPiece') {
    throw new VocabularyError(`${source}: a ${String(model['type'])} tokenizer; only WordPiece is supported`);
  }
  const vocab = model['vocab'];
  const added = description['added_tokens'] ?? [];
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab) || !Array.isArray(added)) {
    throw new VocabularyError(`${source}: tokenizer.json holds no WordPiece vocabulary`);
  }
  const entries = [
    ...Object.entries(vocab),
    ...added.map((token: JsonObject | null): [unknown, unknown] => [token?.['content'], token?.['id']]),
  ];
  for (const [token, id] of entries) {
    if (typeof token !== 'string' || !Number.isSafeInteger(id) || (id as number) < 0) {
      throw new VocabularyError(`${source}: token ${JSON.stringify(token)} has the id ${JSON.stringify(id)}`);
    }
  }
  return new Map(entries as [string, number][]);
}

/** What `tokenizer.json` would say of a `vocab.txt`: BERT's normaliser, pre-tokenizer and WordPiece. */
function describeVocabulary(text: string, lowercase: boolean): JsonObject {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const vocab = Object.fromEntries(lines.map((token, id) => [token, id]));
  const added = Object.values(specialTokens).filter((token) => Object.hasOwn(vocab, token));
  return {
    version: '1.0',
    added_tokens: added.map((content) => ({ id: vocab[content], content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: specialTokens.unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
