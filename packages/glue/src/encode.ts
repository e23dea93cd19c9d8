import type { Example } from './examples.ts';
import { problemTypeOf } from './problem-types.ts';
import type { Problem } from './task.ts';

/** A tokenizer, as far as it is needed here. */
export interface WordPieces {
  /** Ids of a text's word pieces, without special tokens. */
  ids(text: string): ArrayLike<number>;
  /**
   * The same ids, and where in the text each piece is, [start, end) in UTF-16 units: what a task needs whose answers are
   * places in its texts.
   */
  encode?(text: string): TextPieces;
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
}

/** A text's word pieces and their places. */
export interface TextPieces {
  readonly ids: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Labels of rows by the names of a program's inputs. */
export type RowLabels = Readonly<Record<string, Int32Array | Float32Array>>;

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
  /**
   * What a loss reads of rows, [n], by the names of a program's inputs: `labels`, classes as Int32Array or scores as
   * Float32Array. Absent in a split without labels.
   */
  readonly labels?: RowLabels;
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
  problemType: Problem['problemType'],
): Features {
  const tokens: number[] = [];
  const offsets = new Int32Array(examples.length + 1);
  const firstLengths = new Int32Array(examples.length);
  examples.forEach((example, i) => {
    const texts = example.textB === undefined ? 1 : 2;
    const special = texts + 1;
    if (!Number.isInteger(maxLength) || maxLength < shortestRow(texts)) {
      throw new RangeError(
        `maxLength is ${maxLength}, expected an integer of at least ${shortestRow(texts)}`,
      );
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

/** The tokens of a row with one word piece of each of so many texts: those, [CLS], and a [SEP] after each. */
export function shortestRow(texts: 1 | 2): number {
  return 2 * texts + 1;
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
  problemType: Problem['problemType'],
): Features['labels'] {
  const labels = examples.flatMap(({ label }) => (label === undefined ? [] : [label]));
  if (labels.length === 0) return undefined;
  if (labels.length < examples.length) {
    const missing = examples.find(({ label }) => label === undefined);
    throw new RangeError(`example ${missing?.index} has no label and others do; give all or none`);
  }
  return { labels: problemTypeOf({ problemType }).labelArray(labels) };
}
