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

/** How many scores of an array have which leading bits, as `maskUpdate` counts them on its way. */
export interface ScoreCounts {
  readonly bins: Uint32Array;
  readonly hasNaN: boolean;
}

/** Scores of which the greatest are to be kept. */
export interface Selection {
  readonly scores: readonly Float32Array[];
  /** How many, of all arrays together. */
  readonly count: number;
  /** For each array what `maskUpdate` counted, with no change since: saves one pass of three. */
  readonly counts?: readonly ScoreCounts[] | undefined;
}

/** Bits that the passes do not look at yet: the first 11 bits of a key, the next 11, the last 10. */
const shifts = [21, 10, 0] as const;

/**
 * Finds which `count` scores are the greatest, of all arrays of a selection together: exactly so many, whatever their
 * values. Of equal ones the first are kept, in the order of the arrays, then by index; -0 equals 0. A radix selection:
 * histograms of the leading bits, then of the next ones behind those that the last one to be kept begins with; three
 * passes over the scores, two where the first was counted before. Selections are worked on together.
 *
 * @param by what the scores go by: `magnitude` takes |score|
 * @returns for each array of each selection what is kept of it
 * @throws KernelError if a count is no whole number from 0 to the number of scores, a score that is looked at is NaN (all
 *   are, unless none or all are to be kept), or an array lies in no slab
 */
export function selectTop(selections: readonly Selection[], by: Scoring): Cut[][] {
  const searches = selections.map((selection) => new Search(selection, by));
  for (const shift of shifts) {
    const open = searches.filter(({ settled }) => !settled);
    overVectors(open.flatMap((search) => search.begin(shift)));
    for (const search of open) search.narrow();
  }
  return searches.map((search) => search.cuts());
}

/** A selection on its way. */
class Search {
  /** Whether all scores are kept, or none. */
  readonly settled: boolean;
  readonly #tallies: readonly Tally[];
  /** Keys from `#first` on, of so many further bits, begin as the last score to be kept does. */
  #first = 0;
  #bits = 32;
  #shift = 32;
  /** How many of the scores with such keys are kept. */
  #wanted: number;

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
    this.settled = count === 0 || count === all;
    this.#wanted = count;
    this.#tallies = scores.map((score) => new Tally(score, by));
  }

  /** Starts a pass. @returns what is to be run for it */
  begin(shift: number) {
    const first = this.#first;
    this.#shift = shift;
    return this.#tallies.flatMap((tally, i) => {
      const counted = shift === shifts[0] ? this.selection.counts?.[i] : undefined;
      return tally.begin(first, shift, counted);
    });
  }

  /** Ends it: chooses the bin that the last score to be kept is in. */
  narrow(): void {
    const totals = this.#tallies.map((tally, i) => {
      if (tally.hasNaN) throw new KernelError(`selectTop: array ${i} of the scores has NaN in it`);
      return tally.total;
    });
    let bin = 2 ** (this.#bits - this.#shift);
    for (let inBin = 0; ; this.#wanted -= inBin) {
      bin--;
      inBin = totals.reduce((sum, total) => sum + total[bin]!, 0);
      if (inBin >= this.#wanted) break;
    }
    this.#bits = this.#shift;
    this.#first += bin * 2 ** this.#shift;
    for (const tally of this.#tallies) tally.bin = bin;
  }

  cuts(): Cut[] {
    const { settled, selection } = this;
    if (settled) {
      const threshold = selection.count === 0 ? Infinity : -Infinity;
      return selection.scores.map(({ length }) => ({
        threshold,
        tieEnd: selection.count === 0 ? 0 : length,
      }));
    }
    const threshold = scoreOf(this.#first);
    let wanted = this.#wanted;
    return this.#tallies.map((tally) => {
      const tieEnd = tally.endOf(threshold, wanted);
      wanted -= Math.min(wanted, tally.total[tally.bin]!);
      return { threshold, tieEnd };
    });
  }
}

/** The counts of one array in one pass. */
class Tally {
  /** By piece, with the elements that no piece has at the end. */
  #pieces: Uint32Array[] = [];
  total: Uint32Array = new Uint32Array(BINS);
  hasNaN = false;
  /** The bin that the last score to be kept is in. */
  bin = 0;

  constructor(
    readonly score: Float32Array,
    readonly by: Scoring,
  ) {}

  begin(first: number, shift: number, counted: ScoreCounts | undefined) {
    this.#pieces = [];
    if (counted !== undefined) {
      this.total = counted.bins;
      this.hasNaN = counted.hasNaN;
      return [];
    }
    const { score, by } = this;
    const total = new Uint32Array(BINS);
    this.total = total;
    const numbers = { bits: bitsOf(by), first, shift };
    const note = (piece: number, counts: Uint32Array) => {
      if (shift === 0) this.#pieces[piece] = counts.slice();
      this.hasNaN = addCounts(total, counts) || this.hasNaN;
    };
    this.hasNaN = countTail(total, score, by, first, shift);
    return [
      kernelCall({
        name: 'selectTop',
        kernels: [{ kernel: 'histogram', numbers }],
        arrays: { score },
        written: [],
        counted: note,
      }),
    ];
  }

  /** Behind which index the first `wanted` scores equal to the threshold are, or all there are; after the last pass. */
  endOf(threshold: number, wanted: number): number {
    const { score, by, total, bin } = this;
    if (wanted === 0) return 0;
    if (total[bin]! <= wanted) return score.length;
    let [begin, rest] = [0, wanted];
    for (const counts of this.#pieces) {
      if (counts[bin]! >= rest) break;
      rest -= counts[bin]!;
      begin = Math.min(begin + PIECE, score.length - (score.length % 4));
    }
    for (let i = begin; ; i++) {
      const x = by === 'magnitude' ? Math.abs(score[i]!) : score[i]!;
      if (x === threshold && --rest === 0) return i + 1;
    }
  }
}

/** The bits of a score that count. */
export function bitsOf(by: Scoring): number {
  return by === 'magnitude' ? 0x7fffffff : 0xffffffff;
}

/** Adds a piece's counts. @returns whether it met NaN */
function addCounts(total: Uint32Array, counts: Uint32Array): boolean {
  for (let bin = 0; bin < BINS; bin++) total[bin]! += counts[bin]!;
  return counts[BINS] !== 0;
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

/** Counts the last one to three scores, which no kernel does. @returns whether one is NaN */
function countTail(
  total: Uint32Array,
  score: Float32Array,
  by: Scoring,
  first: number,
  shift: number,
): boolean {
  let hasNaN = false;
  for (const x of score.subarray(score.length - (score.length % 4))) {
    hasNaN ||= Number.isNaN(x);
    const bin = (keyOf(by === 'magnitude' ? Math.abs(x) : x) - first) / 2 ** shift;
    if (bin >= 0 && bin < BINS) total[Math.floor(bin)]!++;
  }
  return hasNaN;
}

/** Counts scores for the first pass of a later selection, in calls that write them. */
export class FirstCounts implements ScoreCounts {
  readonly bins = new Uint32Array(BINS);
  hasNaN = false;

  constructor(
    readonly score: Float32Array,
    readonly by: Scoring,
  ) {}

  /** What the last kernel of such a call is told. */
  get numbers() {
    return { bits: bitsOf(this.by), first: 0, shift: shifts[0] };
  }

  readonly counted = (_piece: number, counts: Uint32Array): void => {
    this.hasNaN = addCounts(this.bins, counts) || this.hasNaN;
  };

  /** Counts what the kernels left, when the call is done. */
  finish(): this {
    this.hasNaN = countTail(this.bins, this.score, this.by, 0, shifts[0]) || this.hasNaN;
    return this;
  }
}
