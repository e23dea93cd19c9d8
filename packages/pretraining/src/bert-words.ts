import { normalizeText, splitWords, type BertNormalizer } from '@diffprune/bert';

/** The rules of BERT's uncased models. */
const uncased: BertNormalizer = {
  cleanText: true,
  handleChineseChars: true,
  stripAccents: true,
  lowercase: true,
};

/**
 * The words that WordPiece divides, by the rules of BERT's uncased models: lower-case, without accents and control
 * characters, each sign of punctuation and each Chinese character a word of its own.
 */
export function bertWords(text: string): string[] {
  return splitWords(normalizeText(text, uncased));
}
