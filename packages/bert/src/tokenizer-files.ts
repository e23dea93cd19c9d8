import { excerptJson, JsonError, parseJson } from '@diffprune/files';
import { VocabularyError } from './vocabulary-error.ts';

/** Files of a folder that say how its tokenizer works; `tokenizer.json` wins over `vocab.txt`. */
export const tokenizerFileNames = [
  'tokenizer.json',
  'vocab.txt',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
] as const;

export type TokenizerFileName = (typeof tokenizerFileNames)[number];

/** The texts of a folder's tokenizer files, by file name. */
export type TokenizerFiles = { readonly [name in TokenizerFileName]?: string };

export type JsonObject = Record<string, unknown>;

/** Brackets in brackets; a tokenizer's files need six. */
const deepest = 32;

/**
 * Size that no tokenizer file of a model exceeds, in bytes and so in UTF-16 units as well: a kibibyte for each of the
 * model's words, and a mebibyte.
 */
export function largestTokenizerFile(vocabSize: number): number {
  return 2 ** 20 + 2 ** 10 * vocabSize;
}

/** @throws VocabularyError naming the file, for one that is larger than `largestTokenizerFile` */
export function checkFileSize(size: number, vocabSize: number, file: string): void {
  const limit = largestTokenizerFile(vocabSize);
  if (size <= limit) return;
  throw new VocabularyError(
    `${file} has a size of ${size}, but the ${vocabSize} words of the model take at most ${limit}; ` +
      `is it the right file?`,
  );
}

/**
 * Parses a file that holds a JSON object.
 *
 * @throws VocabularyError naming the file, if it is no JSON or no object, is nested deeper than such files are, or names
 *   a key twice
 */
export function parseJsonObject(text: string, file: string): JsonObject {
  let json: unknown;
  try {
    json = parseJson(text, { maxDepth: deepest, uniqueKeys: true });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new VocabularyError(`${file}: ${error.message}`);
  }
  if (!isObject(json)) throw new VocabularyError(`${file} is not a JSON object`);
  return json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message: JSON of what is short, else its kind. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return value.length === 0 ? '[]' : 'a list';
  if (isObject(value)) return 'an object';
  return excerptJson(value);
}

/** @throws VocabularyError naming the file, the setting, what it says and what is supported */
export function refuse(file: string, setting: string, value: unknown, expected: string): never {
  throw new VocabularyError(`${file}: "${setting}" is ${show(value)}, expected ${expected}`);
}
