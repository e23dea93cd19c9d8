import { KernelError } from './errors.ts';
import { BINS, kernelCall, PIECE } from './piece.ts';
import { overVectors } from './vectors.ts';

/** What is kept of an array of scores: those above the threshold, and of those equal to it the first ones. */
export interface Cut {
  readonly threshold: number;
  /** The ones equal to the threshold are kept at an index below this. */
  readonly tieEnd: number;
}

/** What weights go by: a score of their own, or their magnitude. */
export type Scoring = 'value' | 'magnitude';

/** Scores of which the greatest are to be kept. */
export interface Selection {
  readonly scores: readonly Float32Array[];
  /** How many, of all arrays together. */
  readonly count: number;
}

/** Bits of a key that a pass looks at: it has 2^11 bins. */
const PASS_BITS = 11;
/**
 * Finds which `count` scores are the greatest, of all arrays of a selection together: exactly so many, whatever their
 * values. Of equal ones the first are kept, in the order of the arrays, then by index; -0 equals 0. A radix selection:
 * histograms of the leading bits, then of the next ones behind those that the last score to be kept begins with; three
 * passes over the scores. Selections are worked on together.
 *
 * @param by what the scores go by: `magnitude` takes |score|
 * @returns for each array of each selection what is kept of it
 * @throws KernelError if a count is no whole number from 0 to the number of scores, a score that is looked at is NaN (all
 *   are, unless none or all are to be kept), or an array lies in no slab
 */
export function selectTop(selections: readonly Selection[], by: Scoring): Cut[][] {
  const searches = selections.map((selection) => new Search(selection, by));
  for (;;) {
    const open = searches.filter(({ bits }) => bits > 0);
    if (open.length === 0) return searches.map((search) => search.cuts());
    overVectors(open.flatMap((search) => search.begin()));
    for (const search of open) search.narrow();
  }
}

/** A selection on its way. */
class Search {
  /** The last score to be kept has a key from `#first` on that differs from it in the last `bits` alone. */
  bits = 32;
  #first = 0;
  /** How many of the scores with such keys are kept. */
  #wanted: number;
  /** Where it was in the last pass, and what that counted. */
  #bin = 0;
  #counts: readonly Counts[] = [];

  constructor(
    readonly selection: Selection,
    readonly by: Scoring,
  ) {
    const { scores, count } = selection;
    const all = scores.reduce((sum, { length }) => sum + length, 0);
    if (!(Number.isSafeInteger(count) && count >= 0 && count <= all)) {
      throw new KernelError(
        `selectTop: the greatest ${count} of ${all} scores, expected a whole number to ${all}`,
      );
    }
    this.#wanted = count;
    if (count === 0 || count === all) this.bits = 0;
  }

  /** Starts a pass. @returns what is to be run for it */
  begin() {
    const shift = this.#shift;
    this.#counts = this.selection.scores.map((score) => new Counts(score, this.by, this.#first, shift));
    return this.#counts.map((counts) => counts.call);
  }

  /** Ends it: chooses the bin that the last score to be kept is in. */
  narrow(): void {
    this.#counts.forEach((counts, i) => {
      counts.finish();
      if (counts.hasNaN) throw new KernelError(`selectTop: array ${i} of the scores has NaN in it`);
    });
    const shift = this.#shift;
    let bin = 2 ** (this.bits - shift);
    for (let inBin = 0; ; this.#wanted -= inBin) {
      bin--;
      inBin = this.#counts.reduce((sum, { bins }) => sum + bins[bin]!, 0);
      if (inBin >= this.#wanted) break;
    }
    this.#first += bin * 2 ** shift;
    this.bits = shift;
    this.#bin = bin;
  }

  get #shift(): number {
    return Math.max(0, this.bits - PASS_BITS);
  }

  cuts(): Cut[] {
    const { scores, count } = this.selection;
    if (count === 0) return scores.map(() => ({ threshold: Infinity, tieEnd: 0 }));
    if (this.#counts.length === 0)
      return scores.map(({ length }) => ({ threshold: -Infinity, tieEnd: length }));
    const threshold = scoreOf(this.#first);
    let wanted = this.#wanted;
    return this.#counts.map((counts) => {
      const tieEnd = counts.endOf(threshold, this.#bin, wanted);
      wanted -= Math.min(wanted, counts.bins[this.#bin]!);
      return { threshold, tieEnd };
    });
  }
}

/** How many scores of an array are in each bin of 2^shift keys, from key `first` on. */
class Counts {
  readonly bins = new Uint32Array(BINS);
  hasNaN = false;
  /** Where a bin is one key: of each piece the bins that are not empty, and their counts. */
  readonly #pieces: [bin: number, count: number][][] = [];

  constructor(
    readonly score: Float32Array,
    readonly by: Scoring,
    readonly first: number,
    readonly shift: number,
  ) {}

  /** What is to be run. */
  get call() {
    const { score, by, first, shift } = this;
    const bits = by === 'magnitude' ? 0x7fffffff : 0xffffffff;
    const kernels = [{ kernel: 'histogram', numbers: { bits, first, shift } }] as const;
    const counted = (piece: number, counts: Uint32Array) => this.#add(piece, counts);
    return kernelCall({ name: 'selectTop', kernels, arrays: { score }, written: [], counted });
  }

  #add(piece: number, counts: Uint32Array): void {
    const filled: [number, number][] = [];
    for (let bin = 0; bin < BINS; bin++) {
      const count = counts[bin]!;
      if (count === 0) continue;
      this.bins[bin]! += count;
      if (this.shift === 0) filled.push([bin, count]);
    }
    this.#pieces[piece] = filled;
    if (counts[BINS] !== 0) this.hasNaN = true;
  }

  /** Counts the last one to three scores, which no kernel does, when the others are done. */
  finish(): void {
    const { score, by, first, shift } = this;
    for (const x of score.subarray(score.length - (score.length % 4))) {
      if (Number.isNaN(x)) this.hasNaN = true;
      const bin = Math.floor((keyOf(by === 'magnitude' ? Math.abs(x) : x) - first) / 2 ** shift);
      if (bin >= 0 && bin < BINS) this.bins[bin]!++;
    }
  }

  /** Behind which index the first `wanted` scores equal to the threshold, those in a bin, are; or all that there are. */
  endOf(threshold: number, bin: number, wanted: number): number {
    const { score, by } = this;
    if (wanted === 0) return 0;
    if (this.bins[bin]! <= wanted) return score.length;
    let [begin, rest] = [0, wanted];
    for (const filled of this.#pieces) {
      const count = filled.find((each) => each[0] === bin)?.[1] ?? 0;
      if (count >= rest) break;
      rest -= count;
      begin = Math.min(begin + PIECE, score.length - (score.length % 4));
    }
    for (let i = begin; ; i++) {
      const x = by === 'magnitude' ? Math.abs(score[i]!) : score[i]!;
      if (x === threshold && --rest === 0) return i + 1;
    }
  }
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The key of a score (assembly/selection.ts). */
function keyOf(score: number): number {
  float[0] = score + 0; // -0 becomes 0
  const bits = word[0]!;
  return (bits >= 0x80000000 ? ~bits : bits ^ 0x80000000) >>> 0;
}

/** The score of a key. */
function scoreOf(key: number): number {
  word[0] = key >= 0x80000000 ? key ^ 0x80000000 : ~key;
  return float[0]!;
}
