import { SLOT_BYTES, type Slab } from './slab.ts';
import { type ArrayName, type KernelName, type KernelNumbers, type Range, writeCall } from './struct.ts';
import type { Job } from './threads.ts';

/** Elements whose sum is one partial sum, where the call has no rows of its own. */
export const BLOCK = 4096;
/** Elements of a piece at most, what a thread works on at a time. */
export const PIECE = 16 * BLOCK;
/** Rows that a piece has at most: there is room for so many partial sums. */
export const MOST_ROWS = 1024;

/** Bytes of working memory that a kernel may have; assembly/scratch.ts needs two parts. */
const SCRATCH_BYTES = 2048;

/**
 * Where a slot has what, in bytes: partial sums; rows' states; their order; working memory; the last one to three elements
 * of up to 16 arrays; kernels' structs.
 */
const SUMS = 0;
const STATES = SUMS + MOST_ROWS * 4 * 8;
const ORDER = STATES + MOST_ROWS;
const SCRATCH = ORDER + 4 * MOST_ROWS;
export const TAILS = SCRATCH + SCRATCH_BYTES;
const CALLS = TAILS + 16 * 16;

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

/** Kernels to be called on whole arrays, one after the other for each piece; made by `kernelCall`. */
export interface Call<Name extends string = string> {
  /** What the function is called, for messages. */
  readonly name: string;
  readonly kernels: readonly { readonly kernel: KernelName; readonly numbers: object }[];
  /** All belong to one slab and have one length. */
  readonly arrays: Readonly<Record<Name, Float32Array>>;
  /** The arrays that the kernels write. */
  readonly written: readonly NoInfer<Name>[];
  /** What the copy of the last elements of an array is filled up with, 0 if not given. */
  readonly padding?: Partial<Record<NoInfer<Name>, number>>;
  /** The partial sums are added to these, in the order of the elements. */
  readonly totals?: number[];
  /** Told the counts of each piece, in any order of pieces, where the kernel counts (assembly/selection.ts). */
  readonly counted?: ((piece: number, counts: Uint32Array) => void) | undefined;
  /** Where the partial sums of each row go instead: as many for one as for the other. */
  readonly rowSums?: Float64Array;
  readonly rows?: Rows | undefined;
  /** The arrays that, where there are rows, lie in the rows' own order: kernels are given all of them. */
  readonly whole?: readonly NoInfer<Name>[];
  /** Whether the kernels do anything with active rows alone; otherwise with all but skipped ones. */
  readonly activeOnly?: boolean;
}

/** A kernel that takes some of these arrays, and its numbers. */
type KernelCall<Name extends string> = {
  [K in KernelName]: ArrayName<K> extends Name
    ? { readonly kernel: K; readonly numbers: KernelNumbers<K> }
    : never;
}[KernelName];

/** A call whose kernels are checked to have the arrays and numbers that they take. */
export function kernelCall<Name extends string>(
  call: Call<Name> & { readonly kernels: readonly KernelCall<NoInfer<Name>>[] },
): Call {
  return call;
}

const noSums = new Float64Array(0);

/**
 * Writes what a call's kernels are told to a slot.
 *
 * @param pointerTo the pointer to the first element of an array
 * @param hasRows whether the slot has states and order of the range's rows
 */
export function writeJob(
  { words }: Slab,
  slot: number,
  kernels: Call['kernels'],
  pointerTo: (array: string) => number,
  { hasRows = false, ...part }: Pick<Range, 'index' | 'count' | 'width'> & { readonly hasRows?: boolean },
): Job {
  const base = slot * SLOT_BYTES;
  const range = {
    index: part.index,
    count: part.count,
    width: part.width,
    rows: hasRows ? base + STATES : 0,
    order: base + ORDER,
    sums: base + SUMS,
    scratch: base + SCRATCH,
  };
  let next = base + CALLS;
  return kernels.map(({ kernel, numbers }) => {
    const call = next;
    next = writeCall(words, call, kernel, range, pointerTo, numbers);
    return { kernel, call };
  });
}

/** The partial sums that a slot's job left. */
export function sumsOf({ buffer }: Slab, slot: number, count: number): Float64Array {
  return new Float64Array(buffer, slot * SLOT_BYTES + SUMS, count);
}

/** Counters of a histogram; behind them lies whether it met NaN. */
export const BINS = 2048;

/** A range of a call, which has a slot to itself until its sums are read. */
export class Piece {
  constructor(
    readonly call: Call,
    readonly slab: Slab,
    readonly slot: number,
    readonly begin: number,
    readonly count: number,
  ) {}

  /** What is to be done; written to the slot with the rows' states. */
  job(): Job {
    const { call, begin, count, slab, slot } = this;
    const { arrays, rows, totals, whole, kernels } = call;
    const pointerTo = (name: string) => {
      const first = rows !== undefined && whole?.includes(name) ? 0 : begin;
      return arrays[name]!.byteOffset + 4 * first;
    };
    if (rows !== undefined) {
      const base = slot * SLOT_BYTES;
      const [first, end] = [begin / rows.width, (begin + count) / rows.width];
      new Uint8Array(slab.buffer, base + STATES, end - first).set(rows.states.subarray(first, end));
      new Uint32Array(slab.buffer, base + ORDER, end - first).set(rows.order.subarray(first, end));
    }
    const width = rows?.width ?? (totals === undefined ? count : BLOCK);
    return writeJob(slab, slot, kernels, pointerTo, {
      index: begin,
      count,
      width,
      hasRows: rows !== undefined,
    });
  }

  /** What its kernels counted, once the job is done, as long as it has the slot. */
  counts(): Uint32Array {
    return new Uint32Array(this.slab.buffer, this.slot * SLOT_BYTES + SUMS, BINS + 1);
  }

  /** Its partial sums, set by set, once the job is done. */
  sums(): Float64Array {
    const { call, count, slab, slot } = this;
    const { totals, rows, rowSums } = call;
    if (totals === undefined && rowSums === undefined) return noSums;
    const sets = Math.ceil(count / (rows?.width ?? BLOCK));
    const size = totals?.length ?? rowSums!.length / rows!.states.length;
    return sumsOf(slab, slot, sets * size).slice();
  }
}
