import { copy } from './copy.ts';
import { KernelError } from './errors.ts';
import { SLOT_BYTES, type Slab } from './slab.ts';
import type { Job } from './threads.ts';
import type { KernelName } from './wasm.ts';

/** Elements whose sum is one partial sum, where the call has no rows of its own. */
export const BLOCK = 4096;
/** Elements of a piece, what a thread works on at a time: so few that copies of them stay in its cache. */
export const PIECE = 16 * BLOCK;
/** Arrays outside a slab that a call may have. */
const OUTSIDE = 2;
/** Rows that a piece has at most: there is room for so many partial sums. */
export const MOST_ROWS = 1024;

/** Bytes of working memory that a kernel may have; assembly/scratch.ts needs four parts. */
const SCRATCH_BYTES = 4096;

/**
 * Where a slot has what, in bytes: copies of arrays outside; partial sums; rows' states; working memory; the last one to
 * three elements.
 */
export const SUMS = OUTSIDE * PIECE * 4;
const STATES = SUMS + MOST_ROWS * 4 * 8;
export const SCRATCH = STATES + MOST_ROWS;
export const TAILS = SCRATCH + SCRATCH_BYTES;

/**
 * What a kernel does with a row (assembly/rows.ts): all that it does; what the lack of a gradient leaves to do; nothing.
 */
export const rowStates = { coasting: 0, active: 1, skipped: 2 } as const;

/** Rows of a matrix that a kernel treats differently. */
export interface Rows {
  /** Elements of a row, a multiple of 4, at most 65,536. */
  readonly width: number;
  /** One of `rowStates` for each row. */
  readonly states: Uint8Array;
}

/** A range of a call's elements as a kernel takes it. */
export interface Range<Name extends string> {
  /** Pointers to the first elements. */
  readonly at: Readonly<Record<Name, number>>;
  /** Index of the first element in the whole array, and how many: a multiple of 4, not 0. */
  readonly index: number;
  readonly count: number;
  /** Pointer to the states of its rows, 0 if all are active; and their width. */
  readonly rows: number;
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
  /** The arrays that the kernels write, and those that they do not read. */
  readonly written: readonly NoInfer<Name>[];
  readonly unread?: readonly NoInfer<Name>[];
  /** What the copy of the last elements of an array is filled up with, 0 if not given. */
  readonly padding?: Partial<Record<NoInfer<Name>, number>>;
  /** The partial sums are added to these, in the order of the elements. */
  readonly totals?: number[];
  readonly rows?: Rows | undefined;
  /** Whether the kernels do anything with active rows alone; otherwise with all but skipped ones. */
  readonly activeOnly?: boolean;
  /** The arrays of which, where there are rows, kernels want the active ones alone, one after the other. */
  readonly packed?: readonly NoInfer<Name>[];
}

/** A range of a call, on its way through a slot. */
export class Piece<Name extends string> {
  readonly #outside: { name: Name; array: Float32Array; place: number }[] = [];
  readonly #at = {} as Record<Name, number>;
  readonly #base: number;
  readonly rows: Rows | undefined;

  constructor(
    readonly call: Call<Name>,
    readonly slab: Slab,
    slot: number,
    readonly begin: number,
    readonly count: number,
  ) {
    this.rows = call.rows;
    this.#base = slot * SLOT_BYTES;
    const copies = new Map<Float32Array, number>();
    const { arrays, packed } = call;
    for (const name of Object.keys(arrays) as Name[]) {
      const array = arrays[name];
      if (array.buffer === slab.buffer && !(this.rows && packed?.includes(name))) {
        this.#at[name] = array.byteOffset + 4 * begin;
        continue;
      }
      const place = copies.get(array) ?? this.#base + copies.size * PIECE * 4;
      copies.set(array, place);
      this.#at[name] = place;
      this.#outside.push({ name, array: array.subarray(begin, begin + count), place });
    }
    if (copies.size > OUTSIDE)
      throw new KernelError(`${call.name}: more than ${OUTSIDE} arrays lie outside the slab`);
  }

  /** Copies in what lies outside. */
  prepare(): Job {
    const { call, begin, count, rows } = this;
    for (const { name, array, place } of this.#outside) {
      if (!call.unread?.includes(name)) this.#copy(array, place, 'in');
    }
    if (rows !== undefined) {
      const states = new Uint8Array(this.slab.buffer, this.#base + STATES, count / rows.width);
      states.set(rows.states.subarray(begin / rows.width, (begin + count) / rows.width));
    }
    const range = {
      ...{ at: this.#at, index: begin, count, sums: this.#base + SUMS },
      scratch: this.#base + SCRATCH,
      rows: rows === undefined ? 0 : this.#base + STATES,
      width: rows?.width ?? (call.totals === undefined ? count : BLOCK),
    };
    return call.kernels.map(({ kernel, numbers }) => ({ kernel, numbers: numbers(range) }));
  }

  /** Copies out what was written. @returns its partial sums, set by set */
  complete(): Float64Array {
    for (const { name, array, place } of this.#outside) {
      if (this.call.written.includes(name)) this.#copy(array, place, 'out');
    }
    const sets = Math.ceil(this.count / (this.rows?.width ?? BLOCK));
    return new Float64Array(
      this.slab.buffer,
      this.#base + SUMS,
      sets * (this.call.totals?.length ?? 0),
    ).slice();
  }

  /** Copies an array's range into the slot, or back: of rows the active ones, one after the other. */
  #copy(array: Float32Array, place: number, way: 'in' | 'out'): void {
    const { buffer } = this.slab;
    const { width, states } = this.rows ?? { width: array.length, states: undefined };
    const first = this.begin / width;
    for (let at = 0, row = first; at < array.length; at += width, row++) {
      if (states !== undefined && states[row] !== rowStates.active) continue;
      const outside = array.subarray(at, at + width);
      const inside = new Float32Array(buffer, place, width);
      if (way === 'in') copy(outside, inside);
      else copy(inside, outside);
      place += 4 * width;
    }
  }
}
