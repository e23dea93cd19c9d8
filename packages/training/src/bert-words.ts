/** Letters that BERT makes words of their own: Chinese characters (Devlin et al. 2019, reference code). */
const ideographs =
  '\\u{4e00}-\\u{9fff}\\u{3400}-\\u{4dbf}\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2ceaf}\\u{f900}-\\u{faff}\\u{2f800}-\\u{2fa1f}';
/** What BERT calls punctuation: Unicode's, and every sign of ASCII that is no letter or digit. */
const punctuation = '\\p{P}$+<=>^`|~';

const removed = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/gu;
const pieces = new RegExp(`[${punctuation}${ideographs}]|[^\\s${punctuation}${ideographs}]+`, 'gu');

/**
 * The words that WordPiece divides, by the rules of BERT's uncased models: lower-case, without accents and control
 * characters, each sign of punctuation and each Chinese character a word of its own.
 */
export function bertWords(text: string): string[] {
  const plain = text
    .replace(removed, '')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '');
  return plain.match(pieces) ?? [];
}
