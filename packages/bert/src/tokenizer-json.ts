import type { AddedToken } from './added-tokens.ts';
import type { BertNormalizer } from './bert-normalizer.ts';
import type { SpecialToken, TokenizerDescription } from './tokenizer-description.ts';
import { isObject, type JsonObject, refuse, show } from './tokenizer-files.ts';
import { VocabularyError } from './vocabulary-error.ts';
import type { WordPieceModel } from './word-piece.ts';

/** What `tokenizer.json` says of a WordPiece tokenizer with BERT's normalizer and pre-tokenizer. */
export interface TokenizerJson extends WordPieceModel {
  readonly normalizer: BertNormalizer;
  readonly addedTokens: readonly AddedToken[];
  readonly postProcessor: unknown;
}

/** A folder's tokenizer files, read and checked each for itself. */
export interface ParsedFiles {
  readonly source: string;
  readonly json?: TokenizerJson;
  readonly settings: JsonObject;
  readonly specialTokensMap?: JsonObject;
  readonly addedTokens?: JsonObject;
  /** Whether transformers takes `tokenizer.json` as it is. */
  readonly jsonAsItIs: boolean;
}

/**
 * Reads `tokenizer.json`. Its padding and its length of truncation are for others: rows are cut where they are made.
 *
 * @param file what to call it in messages
 * @throws VocabularyError for a part that is malformed, or is none of BERT's
 */
export function readTokenizerJson(json: JsonObject, file: string): TokenizerJson {
  if ((json['version'] ?? '1.0') !== '1.0') refuse(file, 'version', json['version'], '"1.0"');
  const model = readModel(json['model'], file);
  for (const part of ['truncation', 'padding']) {
    const direction = isObject(json[part]) ? json[part]['direction'] : undefined;
    if ((direction ?? 'Right') !== 'Right') refuse(file, `${part}.direction`, direction, '"Right"');
  }
  const preTokenizer = typeOf(json['pre_tokenizer']);
  if (preTokenizer !== 'BertPreTokenizer') {
    refuse(file, 'pre_tokenizer', preTokenizer, '"BertPreTokenizer", the only one supported');
  }
  return {
    ...model,
    normalizer: readNormalizer(json['normalizer'], file),
    addedTokens: readAddedTokens(json['added_tokens'], file),
    postProcessor: json['post_processor'],
  };
}

function readModel(json: unknown, file: string): WordPieceModel {
  const model = isObject(json) ? json : {};
  // Files written by old versions leave the type out.
  if ((model['type'] ?? 'WordPiece') !== 'WordPiece') {
    refuse(file, 'model.type', model['type'], '"WordPiece", the only one supported');
  }
  const vocab = model['vocab'];
  if (!isObject(vocab)) {
    throw new VocabularyError(`${file} holds no WordPiece vocabulary: "model.vocab" is ${show(vocab)}`);
  }
  const text = (key: string): string => {
    const value = model[key];
    return typeof value === 'string' ? value : refuse(file, `model.${key}`, value, 'a text');
  };
  const longest = model['max_input_chars_per_word'];
  return {
    vocabulary: readVocabulary(vocab, file),
    unkToken: text('unk_token'),
    continuingSubwordPrefix: text('continuing_subword_prefix'),
    maxInputCharsPerWord: isId(longest)
      ? longest
      : refuse(file, 'model.max_input_chars_per_word', longest, 'a number of characters'),
  };
}

function readVocabulary(vocab: JsonObject, file: string): Map<string, number> {
  const vocabulary = new Map<string, number>();
  const tokens = new Map<number, string>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!isId(id)) throw new VocabularyError(`${file}: token ${show(token)} has the id ${show(id)}`);
    const other = tokens.get(id);
    if (other !== undefined) {
      throw new VocabularyError(`${file}: tokens ${show(other)} and ${show(token)} both have the id ${id}`);
    }
    tokens.set(id, token);
    vocabulary.set(token, id);
  }
  return vocabulary;
}

function readNormalizer(json: unknown, file: string): BertNormalizer {
  if (!isObject(json) || json['type'] !== 'BertNormalizer') {
    return refuse(file, 'normalizer', typeOf(json), '"BertNormalizer", the only one supported');
  }
  const flag = (key: string): boolean => {
    const value = json[key];
    return typeof value === 'boolean' ? value : refuse(file, `normalizer.${key}`, value, 'true or false');
  };
  return {
    cleanText: flag('clean_text'),
    handleChineseChars: flag('handle_chinese_chars'),
    stripAccents: (json['strip_accents'] ?? null) === null ? null : flag('strip_accents'),
    lowercase: flag('lowercase'),
  };
}

function readAddedTokens(json: unknown, file: string): AddedToken[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) return refuse(file, 'added_tokens', json, 'a list');
  return json.map((token: unknown, i) => {
    const setting = `added_tokens[${i}]`;
    const id = isObject(token) ? token['id'] : undefined;
    const { content, ...flags } = readAddedToken(token, file, setting);
    if (!isId(id)) {
      throw new VocabularyError(`${file}: "${setting}", ${show(content)}, has the id ${show(id)}`);
    }
    return { id, content, ...flags };
  });
}

/**
 * An added token as JSON has it.
 *
 * @param special whether it is special where it does not say
 * @throws VocabularyError naming the file and the setting
 */
export function readAddedToken(
  json: unknown,
  file: string,
  setting: string,
  special = false,
): Omit<AddedToken, 'id'> {
  if (!isObject(json)) return refuse(file, setting, json, 'a token, an object with "content"');
  const content = json['content'];
  if (typeof content !== 'string') return refuse(file, `${setting}.content`, content, 'a text');
  const flag = (key: string, fallback: boolean): boolean => {
    const value = json[key] ?? fallback;
    return typeof value === 'boolean' ? value : refuse(file, `${setting}.${key}`, value, 'true or false');
  };
  const isSpecial = flag('special', special);
  return {
    content,
    singleWord: flag('single_word', false),
    lstrip: flag('lstrip', false),
    rstrip: flag('rstrip', false),
    normalized: flag('normalized', !isSpecial),
    special: isSpecial,
  };
}

/** The inverse of `readAddedToken`. */
export function writeAddedToken({
  content,
  singleWord,
  lstrip,
  rstrip,
  normalized,
  special,
}: AddedToken): JsonObject {
  return { content, single_word: singleWord, lstrip, rstrip, normalized, special };
}

export function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

function typeOf(part: unknown): unknown {
  return isObject(part) ? part['type'] : part;
}

/**
 * @param ids of the special tokens
 * @throws VocabularyError unless the post-processor, if there is one, makes BERT's rows: [CLS] a [SEP] with type 0,
 *   b [SEP] with type 1
 */
export function checkPostProcessor(
  json: unknown,
  ids: Readonly<Record<SpecialToken, number>>,
  file: string,
): void {
  if (json === undefined || json === null) return;
  const rows = postProcessorRows(json);
  const single = `${ids.cls}:0 A:0 ${ids.sep}:0`;
  if (rows === undefined || rows.single !== single || rows.pair !== `${single} B:1 ${ids.sep}:1`) {
    const found =
      rows === undefined ? show(typeOf(json)) : `"${rows.single}" and, for a pair, "${rows.pair}"`;
    throw new VocabularyError(
      `${file}: "post_processor" is ${found}, expected BERT's [CLS] A [SEP] and [CLS] A [SEP] B [SEP], with the type ` +
        `1 for B and the [SEP] behind it, by the ids ${ids.cls} and ${ids.sep}`,
    );
  }
}

/** The rows that a post-processor makes, as `101:0 A:0 102:0`: ids or texts, and their types. */
function postProcessorRows(json: unknown): { single: string; pair: string } | undefined {
  if (!isObject(json)) return undefined;
  if (json['type'] === 'BertProcessing') {
    const [cls, sep] = ['cls', 'sep'].map((key) => (Array.isArray(json[key]) ? String(json[key][1]) : '?'));
    return { single: `${cls}:0 A:0 ${sep}:0`, pair: `${cls}:0 A:0 ${sep}:0 B:1 ${sep}:1` };
  }
  if (json['type'] !== 'TemplateProcessing') return undefined;
  const known = isObject(json['special_tokens']) ? json['special_tokens'] : {};
  const item = (piece: unknown): string => {
    const [kind, value] = Object.entries(isObject(piece) ? piece : {})[0] ?? [];
    if (!isObject(value)) return '?';
    const name = String(value['id']);
    const token = known[name];
    const ids =
      kind === 'SpecialToken' && isObject(token) && Array.isArray(token['ids']) ? token['ids'] : ['?'];
    return `${kind === 'Sequence' ? name : ids.join('+')}:${show(value['type_id'])}`;
  };
  const row = (key: string): string => (Array.isArray(json[key]) ? json[key].map(item).join(' ') : '');
  return { single: row('single'), pair: row('pair') };
}

/**
 * The inverse of `readTokenizerJson`, with BERT's post-processor and decoder.
 *
 * @param maxLength where others are to cut rows; undefined for nowhere
 */
export function writeTokenizerJson(tokenizer: TokenizerDescription, maxLength?: number): JsonObject {
  const { vocabulary, normalizer, addedTokens, special } = tokenizer;
  const idOf = (content: string): number | undefined =>
    vocabulary.get(content) ?? addedTokens.find((token) => token.content === content)?.id;
  const marker = (content: string, type = 0) => ({ SpecialToken: { id: content, type_id: type } });
  const sequence = (id: 'A' | 'B', type: number) => ({ Sequence: { id, type_id: type } });
  const first = [marker(special.cls), sequence('A', 0), marker(special.sep)];
  return {
    version: '1.0',
    truncation:
      maxLength === undefined
        ? null
        : { direction: 'Right', max_length: maxLength, strategy: 'LongestFirst', stride: 0 },
    padding: null,
    added_tokens: addedTokens.map((token) => ({ id: token.id, ...writeAddedToken(token) })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: normalizer.cleanText,
      handle_chinese_chars: normalizer.handleChineseChars,
      strip_accents: normalizer.stripAccents,
      lowercase: normalizer.lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: first,
      pair: [...first, sequence('B', 1), marker(special.sep, 1)],
      special_tokens: Object.fromEntries(
        [special.cls, special.sep].map((id) => [id, { id, ids: [idOf(id)], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: tokenizer.continuingSubwordPrefix, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: tokenizer.unkToken,
      continuing_subword_prefix: tokenizer.continuingSubwordPrefix,
      max_input_chars_per_word: tokenizer.maxInputCharsPerWord,
      vocab: Object.fromEntries(vocabulary),
    },
  };
}
