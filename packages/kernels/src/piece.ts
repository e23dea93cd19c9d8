import { SLOT_BYTES, type Slab } from './slab.ts';
import type { Job } from './threads.ts';
import type { KernelName } from './wasm.ts';

/** Elements whose sum is one partial sum, where the call has no rows of its own. */
export const BLOCK = 4096;
/** Elements of a piece at most, what a thread works on at a time. */
export const PIECE = 16 * BLOCK;
/** Rows that a piece has at most: there is room for so many partial sums. */
export const MOST_ROWS = 1024;

/** Bytes of working memory that a kernel may have; assembly/scratch.ts needs two parts. */
const SCRATCH_BYTES = 2048;

/** Where a slot has what, in bytes: partial sums; rows' states; their order; working memory; the last one to three elements. */
export const SUMS = 0;
const STATES = SUMS + MOST_ROWS * 4 * 8;
const ORDER = STATES + MOST_ROWS;
export const SCRATCH = ORDER + 4 * MOST_ROWS;
export const TAILS = SCRATCH + SCRATCH_BYTES;

/**
 * What a kernel does with a row (assembly/rows.ts): all that it does; what the lack of a gradient leaves to do; nothing.
 */
export const rowStates = { coasting: 0, active: 1, skipped: 2 } as const;

/**
 * Rows of a matrix that a kernel treats differently. What is learnt of them (w, α, moments) lies in places of its own, so
 * that those which are worked on lie together.
 */
export interface Rows {
  /** Elements of a row, a multiple of 4, at most 65,536. */
  readonly width: number;
  /** For each place one of `rowStates`. */
  readonly states: Uint8Array;
  /** For each place that is active, its row in the other arrays: base, θ', gradients. */
  readonly order: Uint32Array;
}

/** A range of a call's elements as a kernel takes it. */
export interface Range<Name extends string> {
  /** Pointers to the first elements. */
  readonly at: Readonly<Record<Name, number>>;
  /** Index of the first element in the whole array, and how many: a multiple of 4, not 0. */
  readonly index: number;
  readonly count: number;
  /** Pointer to the states of its rows, 0 if it has none; to their order; and their width. */
  readonly rows: number;
  readonly order: number;
  readonly width: number;
  /** Where its partial sums go, one set for each row. */
  readonly sums: number;
  /** Its working memory. */
  readonly scratch: number;
}

/** A kernel, and its arguments for a range. */
interface KernelCall<Name extends string> {
  readonly kernel: KernelName;
  readonly numbers: (range: Range<Name>) => number[];
}

/** Kernels to be called on whole arrays, one after the other for each piece. */
export interface Call<Name extends string> {
  /** What the function is called, for messages. */
  readonly name: string;
  readonly kernels: readonly KernelCall<NoInfer<Name>>[];
  /** All belong to one slab and have one length. */
  readonly arrays: Readonly<Record<Name, Float32Array>>;
  /** The arrays that the kernels write. */
  readonly written: readonly NoInfer<Name>[];
  /** What the copy of the last elements of an array is filled up with, 0 if not given. */
  readonly padding?: Partial<Record<NoInfer<Name>, number>>;
  /** The partial sums are added to these, in the order of the elements. */
  readonly totals?: number[];
  /** Where the partial sums of each row go instead: as many for one as for the other. */
  readonly rowSums?: Float64Array;
  readonly rows?: Rows | undefined;
  /** The arrays that, where there are rows, lie in the rows' own order: kernels are given all of them. */
  readonly whole?: readonly NoInfer<Name>[];
  /** Whether the kernels do anything with active rows alone; otherwise with all but skipped ones. */
  readonly activeOnly?: boolean;
}

const noSums = new Float64Array(0);

/** A range of a call, which has a slot to itself until its sums are read. */
export class Piece<Name extends string> {
  readonly #base: number;

  constructor(
    readonly call: Call<Name>,
    readonly slab: Slab,
    slot: number,
    readonly begin: number,
    readonly count: number,
  ) {
    this.#base = slot * SLOT_BYTES;
  }

  /** What is to be done; writes the rows' states to the slot. */
  job(): Job {
    const { call, begin, count, slab } = this;
    const { arrays, rows, totals, whole } = call;
    const at = {} as Record<Name, number>;
    for (const name in arrays) {
      const first = rows !== undefined && whole?.includes(name) ? 0 : begin;
      at[name] = arrays[name].byteOffset + 4 * first;
    }
    if (rows !== undefined) {
      const [first, end] = [begin / rows.width, (begin + count) / rows.width];
      new Uint8Array(slab.buffer, this.#base + STATES, end - first).set(rows.states.subarray(first, end));
      new Uint32Array(slab.buffer, this.#base + ORDER, end - first).set(rows.order.subarray(first, end));
    }
    const range: Range<Name> = {
      at,
      index: begin,
      count,
      rows: rows === undefined ? 0 : this.#base + STATES,
      order: this.#base + ORDER,
      width: rows?.width ?? (totals === undefined ? count : BLOCK),
      sums: this.#base + SUMS,
      scratch: this.#base + SCRATCH,
    };
    return call.kernels.map(({ kernel, numbers }) => ({ kernel, numbers: numbers(range) }));
  }

  /** Its partial sums, set by set, once the job is done. */
  sums(): Float64Array {
    const { call, count, slab } = this;
    const { totals, rows, rowSums } = call;
    if (totals === undefined && rowSums === undefined) return noSums;
    const sets = Math.ceil(count / (rows?.width ?? BLOCK));
    const size = totals?.length ?? rowSums!.length / rows!.states.length;
    return new Float64Array(slab.buffer, this.#base + SUMS, sets * size).slice();
  }
}
