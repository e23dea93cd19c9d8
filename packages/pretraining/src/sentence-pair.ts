import { uniformAt, type Key } from '@diffprune/kernels';

/** What the second sentence's label means, under the numbers that Hugging Face gives it. */
export const nextSentence = { follows: 0, broken: 1 } as const;

/** A text as token ids, with [SEP] at the end of each document; it may be longer than memory. */
export interface TokenText {
  /** Tokens. */
  readonly length: number;
  /** Copies the tokens from `position` on, as many as `into` takes. */
  read(position: number, into: Int32Array): void;
}

/** What making pairs must know of a vocabulary. */
export interface PairVocabulary {
  readonly clsId: number;
  readonly sepId: number;
  /** By id: 1 for a piece that continues a word, such as `##ing`. */
  readonly continuesWord: Uint8Array;
  /** By id: 1 for a mark that ends a sentence. */
  readonly endsSentence: Uint8Array;
}

/** Tokens of running text that make a row of this length: all but [CLS] and two [SEP]. */
export function textTokens(length: number): number {
  return length - 3;
}

/** Words for each rotation of three that breaks the order of a row. */
const wordsPerRotation = 16;

/**
 * Fills a row with running text in two segments, [CLS] A [SEP] B [SEP], B beginning with a sentence if one begins near.
 * Half of the rows are whole (label `follows`):
 *
 * - an eighth as written, B behind A;
 * - three eighths with a B that begins in the first half of A and repeats what follows there, so that words masked in
 *   one segment can be found in the other: attention learns to compare two segments.
 *
 * The other half is `broken`:
 *
 * - a quarter have a B from elsewhere in the text: next-sentence prediction (Devlin et al. 2019, section 3.1);
 * - a quarter are as written, but for words here and there that change places, three neighbours at a time (as in
 *   StructBERT, Wang et al. 2020, section 2.2; there they are to be put in order, here [CLS] is to notice, which carries
 *   over to judging whether a sentence is grammatical: Warstadt et al. 2019).
 *
 * @param first where the row begins in the text, which goes on for `textTokens(row.length)` tokens at least
 * @param row filled
 * @param types token types: set to 1 for B and its [SEP]; they must be 0 before
 * @param key the stream that everything is drawn from
 * @returns the label of {@link nextSentence}
 */
export function readPair(
  text: TokenText,
  first: number,
  row: Int32Array,
  types: Int32Array,
  key: Key,
  vocabulary: PairVocabulary,
): 0 | 1 {
  const { clsId, sepId } = vocabulary;
  const count = textTokens(row.length);
  const reach = Math.floor(count / 4);
  const tokens = new Int32Array(count);
  text.read(first, tokens);
  const [u, v, kind] = [0, 1, 2].map((index) => uniformAt(key, index)) as [number, number, number];
  const middle = Math.max(1, Math.floor(count * (0.25 + 0.25 * u)));
  const second = segmentStart(tokens, middle, reach, vocabulary);
  row[0] = clsId;
  row.set(tokens.subarray(0, second), 1);
  row[second + 1] = row[row.length - 1] = sepId;
  types.fill(1, second + 2);

  const segment = row.subarray(second + 2, -1);
  if (kind < 0.125 || kind >= 0.75) {
    segment.set(tokens.subarray(second));
    if (kind < 0.125) return nextSentence.follows;
    return breakOrder(row, key, vocabulary) ? nextSentence.broken : nextSentence.follows;
  }
  const near = kind < 0.5;
  const other = new Int32Array(segment.length + reach);
  const from = near ? first + Math.floor((v * second) / 2) : Math.floor(v * text.length);
  text.read(Math.min(from, text.length - other.length), other);
  const start = segmentStart(other, 0, reach, vocabulary);
  segment.set(other.subarray(start, start + segment.length));
  return near ? nextSentence.follows : nextSentence.broken;
}

/** The first place from `from` on, within reach, where a sentence begins; else a word; else `from`. */
function segmentStart(
  tokens: Int32Array,
  from: number,
  reach: number,
  { continuesWord, endsSentence }: PairVocabulary,
): number {
  const near = tokens.subarray(from, from + reach);
  const end = near.findIndex((id) => endsSentence[id] === 1);
  if (end >= 0 && end + 1 < reach) return from + end + 1;
  return (
    from +
    Math.max(
      0,
      near.findIndex((id) => continuesWord[id] !== 1),
    )
  );
}

/**
 * Rotates triples of neighbouring words by one or two places.
 *
 * @returns whether anything changed
 */
function breakOrder(row: Int32Array, key: Key, { sepId, continuesWord }: PairVocabulary): boolean {
  const starts: number[] = [];
  for (let place = 1; place < row.length; place++) if (continuesWord[row[place]!] !== 1) starts.push(place);
  const triples = starts.length - 3; // the last word is [SEP]
  let changed = false;
  for (let i = 0; i < Math.ceil(starts.length / wordsPerRotation) && triples > 0; i++) {
    const first = Math.floor(uniformAt(key, 3 + 2 * i) * triples);
    const [from, next, last, to] = starts.slice(first, first + 4) as [number, number, number, number];
    const before = row.slice(from, to);
    if (before.includes(sepId)) continue;
    const cut = uniformAt(key, 4 + 2 * i) < 0.5 ? next : last;
    row.set(before.subarray(cut - from), from);
    row.set(before.subarray(0, cut - from), from + to - cut);
    // where the words between now begin
    const lengths = [next - from, last - next, to - last];
    const rotated = cut === next ? [lengths[1]!, lengths[2]!] : [lengths[2]!, lengths[0]!];
    starts[first + 1] = from + rotated[0]!;
    starts[first + 2] = from + rotated[0]! + rotated[1]!;
    changed ||= before.some((id, place) => id !== row[from + place]);
  }
  return changed;
}
