/**
 * An answer as the scorers of SQuAD compare it: in lower case, without punctuation and articles, one space between
 * words. What counts as each of them is what it is in Python, in which both scorers are written: `string.punctuation` is
 * ASCII's, `\b` of `re` stands between letters, digits or `_` and all else (a combining accent is no part of a word),
 * and `str.split` knows other white space than JavaScript's `\s`.
 */
export function normalizeAnswer(text: string): string {
  const bare = text.toLowerCase().replace(punctuation, '').replace(articles, ' ');
  return bare.split(space).filter(Boolean).join(' ');
}

const punctuation = /[!-/:-@[-`{-~]/g;
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// eslint-disable-next-line no-control-regex -- four of them are white space in Python
const space = /[\p{White_Space}\x1c-\x1f]+/u;
