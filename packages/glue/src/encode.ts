import type { Example } from './examples.ts';

/** A tokenizer, as far as it is needed here. */
export interface WordPieces {
  /** Ids of a text's word pieces, without special tokens. */
  ids(text: string): ArrayLike<number>;
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
}

/** Encoded rows, one after the other in flat arrays. */
export interface Features {
  /** Number of rows, n. */
  readonly size: number;
  /** Ids of all rows, special tokens included. */
  readonly tokens: Int32Array;
  /** [n + 1]; row i is `tokens[offsets[i] .. offsets[i + 1])`. */
  readonly offsets: Int32Array;
  /** [n]; how many of row i's first tokens have type 0; the rest, the second text and its [SEP], have type 1. */
  readonly firstLengths: Int32Array;
  /** [n]; classes as Int32Array, scores as Float32Array; absent in a split without labels. */
  readonly labels?: Int32Array | Float32Array;
  /** What fills a row up to its batch's length. */
  readonly padId: number;
}

/**
 * Encodes examples as BERT reads them: [CLS] a [SEP], or [CLS] a [SEP] b [SEP] (Devlin et al. 2019, section 3.2).
 *
 * @param maxLength longest row, special tokens included; longer ones are cut by `truncateLongestFirst`
 * @param problemType decides the labels' type
 * @throws RangeError if maxLength has no room for a word piece of each text, or only some examples have labels
 */
export function encodeExamples(
  examples: readonly Example[],
  wordPieces: WordPieces,
  maxLength: number,
  problemType: 'single_label_classification' | 'regression',
): Features {
  const tokens: number[] = [];
  const offsets = new Int32Array(examples.length + 1);
  const firstLengths = new Int32Array(examples.length);
  examples.forEach((example, i) => {
    const special = example.textB === undefined ? 2 : 3;
    if (!Number.isInteger(maxLength) || maxLength < 2 * special - 1) {
      throw new RangeError(`maxLength is ${maxLength}, expected an integer of at least ${2 * special - 1}`);
    }
    const a = wordPieces.ids(example.textA);
    const b = example.textB === undefined ? undefined : wordPieces.ids(example.textB);
    const [keptA, keptB] = truncateLongestFirst(a.length, b?.length ?? 0, maxLength - special);
    tokens.push(wordPieces.clsId);
    for (let k = 0; k < keptA; k++) tokens.push(a[k] as number);
    tokens.push(wordPieces.sepId);
    firstLengths[i] = keptA + 2;
    if (b !== undefined) {
      for (let k = 0; k < keptB; k++) tokens.push(b[k] as number);
      tokens.push(wordPieces.sepId);
    }
    offsets[i + 1] = tokens.length;
  });
  const labels = collectLabels(examples, problemType);
  return {
    size: examples.length,
    tokens: Int32Array.from(tokens),
    offsets,
    firstLengths,
    ...(labels !== undefined && { labels }),
    padId: wordPieces.padId,
  };
}

/**
 * How many word pieces of two texts are kept when together they may have `room`. Where the shorter text is at most half
 * of it, the longer one is cut to what it leaves; else both are cut to half, of an odd room the longer text, or of equal
 * ones the second, to one more. This is `longest_first` of Hugging Face's Rust tokenizers, the only ones of transformers
 * 5; BERT's original code and the Python tokenizers before gave the odd token to the first text.
 *
 * @returns the kept numbers of the first and of the second text
 */
export function truncateLongestFirst(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second, Math.floor(room / 2));
  const longer = room - shorter;
  return first > second ? [longer, shorter] : [shorter, longer];
}

function collectLabels(
  examples: readonly Example[],
  problemType: 'single_label_classification' | 'regression',
): Int32Array | Float32Array | undefined {
  const labels = examples.flatMap(({ label }) => (label === undefined ? [] : [label]));
  if (labels.length === 0) return undefined;
  if (labels.length < examples.length) {
    const missing = examples.find(({ label }) => label === undefined);
    throw new RangeError(`example ${missing?.index} has no label and others do; give all or none`);
  }
  return problemType === 'regression' ? Float32Array.from(labels) : Int32Array.from(labels);
}
