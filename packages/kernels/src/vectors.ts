import { KernelError } from './errors.ts';
import type { Slab } from './slab.ts';
import { SLOT_BYTES, slabOf } from './slab.ts';
import type { Job } from './threads.ts';
import type { KernelName } from './wasm.ts';

/** Elements whose sum is one partial sum, where the call has no rows of its own. */
const BLOCK = 4096;
/** Elements of a piece, what a thread works on at a time: so few that copies of them stay in its cache. */
const PIECE = 32 * BLOCK;
/** Arrays outside a slab that a call may have. */
const OUTSIDE = 2;
/** Rows that a piece has at most: there is room for so many partial sums. */
const MOST_ROWS = 2048;

/** Bytes of working memory that a kernel may have; assembly/scratch.ts needs four parts. */
const SCRATCH_BYTES = 4096;

/**
 * Where a slot has what, in bytes: copies of arrays outside; partial sums; rows' states; working memory; the last one to
 * three elements.
 */
const SUMS = OUTSIDE * PIECE * 4;
const STATES = SUMS + MOST_ROWS * 4 * 8;
const SCRATCH = STATES + MOST_ROWS;
const TAILS = SCRATCH + SCRATCH_BYTES;

/**
 * What a kernel does with a row (assembly/rows.ts): all that it does; what the lack of a gradient leaves to do; nothing.
 */
export const rowStates = { coasting: 0, active: 1, skipped: 2 } as const;

/** Rows of a matrix that a kernel treats differently. */
export interface Rows {
  /** Elements of a row, a multiple of 4, at most 131,072. */
  readonly width: number;
  /** One of `rowStates` for each row. */
  readonly states: Uint8Array;
}

/** A range of a call's elements as a kernel takes it. */
interface Range<Name extends string> {
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

/** A kernel's call on whole arrays. */
export interface Call<Name extends string> {
  /** What the function is called, for messages. */
  readonly name: string;
  readonly kernel: KernelName;
  /** All belong to one slab and have one length. */
  readonly arrays: Readonly<Record<Name, Float32Array>>;
  /** The arrays that the kernel writes, and those that it does not read. */
  readonly written: readonly NoInfer<Name>[];
  readonly unread?: readonly NoInfer<Name>[];
  /** The kernel's arguments for a range. */
  readonly numbers: (range: Range<NoInfer<Name>>) => number[];
  /** What the copy of the last elements of an array is filled up with, 0 if not given. */
  readonly padding?: Partial<Record<NoInfer<Name>, number>>;
  /** The partial sums are added to these, in the order of the elements. */
  readonly totals?: number[];
  readonly rows?: Rows | undefined;
}

/**
 * Runs a kernel over arrays of any length, in pieces that the threads share. How many threads there are changes no
 * bit: partial sums belong to rows or blocks, and are added up in their order, in double precision.
 *
 * @throws KernelError if the arrays do not belong to one slab, differ in length, or do not fit the rows
 */
export function overVectors<Name extends string>(call: Call<Name>): void {
  const slab = slabOf(call.name, call.arrays);
  const names = Object.keys(call.arrays) as Name[];
  const length = call.arrays[names[0]!].length;
  checkRows(call, length);
  const { rows } = call;
  const unit = rows?.width ?? BLOCK;
  const whole = length - (length % 4);
  const most = Math.min(MOST_ROWS, Math.floor(PIECE / unit));
  const units = Math.min(most, Math.max(1, Math.ceil(whole / unit / slab.slots)));
  for (let begin = 0; begin < whole;) {
    const pieces: Piece<Name>[] = [];
    for (let slot = 0; slot < slab.slots && begin < whole; slot++) {
      const count = Math.min(units * unit, whole - begin);
      pieces.push(new Piece(call, slab, slot, begin, count, rows));
      begin += count;
    }
    const [own, ...others] = pieces as [Piece<Name>, ...Piece<Name>[]];
    slab.threads?.begin(
      slab.id,
      others.map((piece) => piece.prepare()),
    );
    const { kernel, numbers } = own.prepare();
    slab.kernels[kernel](...numbers);
    own.complete();
    slab.threads?.finish();
    for (const piece of others) piece.complete();
  }
  if (length > whole) overTail(call, slab, names, whole);
}

function checkRows<Name extends string>({ name, rows }: Call<Name>, length: number): void {
  if (rows === undefined) return;
  const { width, states } = rows;
  if (!(width > 0 && width % 4 === 0 && width <= PIECE)) {
    throw new KernelError(`${name}: rows of ${width} elements, expected a multiple of 4 from 4 to ${PIECE}`);
  }
  if (states.length * width !== length) {
    throw new KernelError(
      `${name}: ${states.length} rows of ${width} elements do not make ${length} elements`,
    );
  }
}

/** A range of a call, on its way through a slot. */
class Piece<Name extends string> {
  readonly #outside: { name: Name; array: Float32Array; copy: Float32Array }[] = [];
  readonly #at = {} as Record<Name, number>;
  readonly #base: number;

  constructor(
    readonly call: Call<Name>,
    readonly slab: Slab,
    slot: number,
    readonly begin: number,
    readonly count: number,
    readonly rows: Rows | undefined,
  ) {
    this.#base = slot * SLOT_BYTES;
    const copies = new Map<Float32Array, number>();
    for (const [name, array] of Object.entries(call.arrays) as [Name, Float32Array][]) {
      if (array.buffer === slab.buffer) this.#at[name] = array.byteOffset + 4 * begin;
      else {
        const place = copies.get(array) ?? this.#base + copies.size * PIECE * 4;
        copies.set(array, place);
        this.#at[name] = place;
        const copy = new Float32Array(slab.buffer, place, count);
        this.#outside.push({ name, array: array.subarray(begin, begin + count), copy });
      }
    }
    if (copies.size > OUTSIDE)
      throw new KernelError(`${call.name}: more than ${OUTSIDE} arrays lie outside the slab`);
  }

  /** Copies in what lies outside. */
  prepare(): Job {
    const { call, begin, count, rows } = this;
    for (const { name, array, copy } of this.#outside) {
      if (!call.unread?.includes(name)) this.#copyRows(array, copy);
    }
    if (rows !== undefined) {
      const states = new Uint8Array(this.slab.buffer, this.#base + STATES, count / rows.width);
      states.set(rows.states.subarray(begin / rows.width, (begin + count) / rows.width));
    }
    const numbers = call.numbers({
      ...{ at: this.#at, index: begin, count, sums: this.#base + SUMS },
      scratch: this.#base + SCRATCH,
      rows: rows === undefined ? 0 : this.#base + STATES,
      width: rows?.width ?? (call.totals === undefined ? count : BLOCK),
    });
    return { kernel: call.kernel, numbers };
  }

  /** Copies out what was written, and adds the sums up. */
  complete(): void {
    for (const { name, array, copy } of this.#outside) {
      if (this.call.written.includes(name)) this.#copyRows(copy, array);
    }
    const { totals } = this.call;
    if (totals === undefined) return;
    const sets = Math.ceil(this.count / (this.rows?.width ?? BLOCK));
    const sums = new Float64Array(this.slab.buffer, this.#base + SUMS, sets * totals.length);
    for (let i = 0; i < sums.length; i++) totals[i % totals.length]! += sums[i]!;
  }

  /** Copies what lies in active rows. */
  #copyRows(from: Float32Array, to: Float32Array): void {
    if (this.rows === undefined) return to.set(from);
    const { width, states } = this.rows;
    for (let at = 0; at < from.length; at += width) {
      if (states[(this.begin + at) / width] === rowStates.active) to.set(from.subarray(at, at + width), at);
    }
  }
}

/** The last one to three elements, in padded copies. */
function overTail<Name extends string>(
  { arrays, written, numbers, padding = {}, totals, kernel }: Call<Name>,
  slab: Slab,
  names: readonly Name[],
  begin: number,
): void {
  const rest = arrays[names[0]!].length - begin;
  const at = {} as Record<Name, number>;
  const copies = names.map((name, i) => {
    at[name] = TAILS + 16 * i;
    const copy = new Float32Array(slab.buffer, TAILS + 16 * i, 4);
    copy.fill(padding[name] ?? 0).set(arrays[name].subarray(begin));
    return copy;
  });
  slab.kernels[kernel](
    ...numbers({ at, index: begin, count: 4, rows: 0, width: 4, sums: SUMS, scratch: SCRATCH }),
  );
  names.forEach((name, i) => {
    if (written.includes(name)) arrays[name].set(copies[i]!.subarray(0, rest), begin);
  });
  if (totals !== undefined) {
    new Float64Array(slab.buffer, SUMS, totals.length).forEach((sum, i) => (totals[i]! += sum));
  }
}
