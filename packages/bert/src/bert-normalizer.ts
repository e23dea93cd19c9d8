import {
  formatCharactersThatStay,
  lettersTakenForPunctuation,
  marksThatStay,
  punctuationTakenForLetters,
  strippedWithMarks,
  unknownToNormalization,
} from './reference-unicode.ts';

/** What BERT does to a text before it divides it into words; the names are those of `tokenizer.json`, in camel case. */
export interface BertNormalizer {
  /** Remove control characters; all white space becomes a space. */
  readonly cleanText: boolean;
  /** Make each Chinese character a word of its own. */
  readonly handleChineseChars: boolean;
  /** Null: where it lower-cases. */
  readonly stripAccents: boolean | null;
  readonly lowercase: boolean;
}

/** White space as Unicode has it, which JavaScript's `\s` is not. */
export const whiteSpace = /\p{White_Space}/u;

const spaces = /\p{White_Space}+/gu;
const removed = new RegExp(
  `(?![\\t\\n\\r])\\p{Cc}|(?![${formatCharactersThatStay}])\\p{Cf}|[\\p{Co}\\p{Cs}\\ufffd]`,
  'gu',
);
/** The ranges of the Rust library, which leaves out the hundred characters from U+2B820 on. */
const chinese =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const decomposable = new RegExp(`[^${unknownToNormalization}]+`, 'gu');
const accents = new RegExp(`(?![${marksThatStay}])\\p{Mn}|[${strippedWithMarks}]`, 'gu');

/**
 * Normalises a text as the `BertNormalizer` of Hugging Face's Rust library does, character by character: a sigma at
 * the end of a word becomes σ like any other.
 */
export function normalizeText(text: string, rules: BertNormalizer): string {
  const clean = cleanText(text, rules);
  return foldText(stripsAccents(rules) ? decomposeText(clean) : clean, rules);
}

/** The first step of `normalizeText`, character by character: what is removed, and spaces. */
export function cleanText(text: string, rules: BertNormalizer): string {
  let normal = text;
  if (rules.cleanText) normal = normal.replace(removed, '').replace(spaces, (run) => ' '.repeat(run.length));
  return rules.handleChineseChars ? normal.replace(chinese, ' $& ') : normal;
}

export function stripsAccents({ stripAccents, lowercase }: BertNormalizer): boolean {
  return stripAccents ?? lowercase;
}

/** The second step, where accents are stripped: characters decomposed, and their marks in canonical order. */
export function decomposeText(text: string): string {
  return text.replace(decomposable, (part) => part.normalize('NFD'));
}

/** The last step, character by character: accents off, lower case. @param text decomposed where accents are stripped */
export function foldText(text: string, rules: BertNormalizer): string {
  const folded = stripsAccents(rules) ? text.replace(accents, '') : text;
  return rules.lowercase ? folded.replaceAll('Σ', 'σ').toLowerCase() : folded;
}

/** Unicode's punctuation, and the signs of ASCII that it calls symbols. */
const punctuation = `\\p{P}$+<=>^\`|~${lettersTakenForPunctuation}`;
const words = new RegExp(
  `(?:[^\\p{White_Space}${punctuation}]|[${punctuationTakenForLetters}])+|[^\\p{White_Space}]`,
  'gu',
);

/** The words of a text as `BertPreTokenizer` has them: divided at white space, each sign of punctuation by itself. */
export function splitWords(text: string): string[] {
  return text.match(words) ?? [];
}

/** The words that `splitWords` gives, with their places in the text. */
export function* findWords(text: string): Generator<{ readonly word: string; readonly start: number }> {
  for (const { 0: word, index } of text.matchAll(words)) yield { word, start: index };
}
