import { KernelError } from './errors.ts';
import {
  MOST_ROWS,
  PIECE,
  Piece,
  rowStates,
  sumsOf,
  TAILS,
  writeJob,
  type Call,
  type Rows,
} from './piece.ts';
import { slabOf, type Slab } from './slab.ts';
import { depth } from './thread-program.ts';
import type { Job } from './threads.ts';

/** A call, and how it is cut into pieces. */
interface Plan {
  readonly slab: Slab;
  readonly extents: readonly Extent[];
  /** Piece `index` with a slot to work in. */
  piece(index: number, slot: number): Piece;
  /** The pieces' partial sums. */
  readonly sums: Float64Array[];
}

/**
 * Runs kernels over arrays of any length, in pieces that the threads share: each takes the next one when it has done
 * with the last. The calls must not depend on each other. How many threads there are changes no bit: partial sums
 * belong to rows or blocks, and are added up in their order, in double precision.
 *
 * @throws KernelError if the arrays of a call do not belong to one slab, differ in length, or do not fit its rows
 */
export function overVectors(calls: readonly Call[]): void {
  const plans = calls.map(plan);
  share(plans);
  calls.forEach((call, i) => {
    const { totals, rows, rowSums } = call;
    const { slab, sums, extents } = plans[i]!;
    if (totals !== undefined) for (const part of sums) addSets(totals, part);
    if (rowSums !== undefined) {
      const size = rowSums.length / rows!.states.length;
      sums.forEach((part, index) => rowSums.set(part, (extents[index]!.begin / rows!.width) * size));
    }
    if (lengthOf(call) % 4 !== 0) overTail(call, slab);
  });
}

function lengthOf({ arrays }: Call): number {
  for (const name in arrays) return arrays[name]!.length;
  return 0;
}

/** Adds partial sums, set by set; there may be one for each row of a table. */
function addSets(totals: number[], sums: Float64Array): void {
  for (let i = 0; i < sums.length;) {
    for (let j = 0; j < totals.length; j++) totals[j]! += sums[i++]!;
  }
}

function plan(call: Call): Plan {
  const slab = slabOf(call.name, call.arrays);
  const length = lengthOf(call);
  checkRows(call, length);
  const extents = call.rows === undefined ? blockExtents(length - (length % 4)) : rowExtents(call.rows, call);
  const piece = (index: number, slot: number): Piece => {
    const { begin, count } = extents[index]!;
    return new Piece(call, slab, slot, begin, count);
  };
  return { slab, extents, piece, sums: [] };
}

/** First element and number of elements of a piece, and with how many of them there is something to do. */
interface Extent {
  readonly begin: number;
  readonly count: number;
  readonly busy: number;
}

function blockExtents(length: number): Extent[] {
  const extents: Extent[] = [];
  for (let begin = 0; begin < length; begin += PIECE) {
    const count = Math.min(PIECE, length - begin);
    extents.push({ begin, count, busy: count });
  }
  return extents;
}

/** Pieces with busy rows of `PIECE` elements at most; none where there is nothing to do. */
function rowExtents({ width, states }: Rows, { activeOnly = false }: { activeOnly?: boolean }): Extent[] {
  const extents: Extent[] = [];
  const mostBusy = Math.floor(PIECE / width);
  for (let first = 0; first < states.length;) {
    let [row, busy] = [first, 0];
    for (; row < states.length && row - first < MOST_ROWS && busy < mostBusy; row++) {
      if (activeOnly ? states[row] === rowStates.active : states[row] !== rowStates.skipped) busy++;
    }
    if (busy > 0) extents.push({ begin: first * width, count: (row - first) * width, busy: busy * width });
    first = row;
  }
  return extents;
}

/** Has the pieces done by the calling thread and the others. */
function share(plans: readonly Plan[]): void {
  const queue = plans
    .flatMap((plan) => plan.extents.map(({ busy }, index) => ({ plan, index, busy })))
    .sort((a, b) => b.busy - a.busy); // the small ones last: with them the threads end at the same time
  let next = 0;
  const take = (slot: number) => {
    const { plan, index } = queue[next++]!;
    const piece = plan.piece(index, slot);
    const complete = () => {
      plan.sums[index] = piece.sums();
      piece.call.counted?.(index, piece.counts());
    };
    return { slab: plan.slab, job: piece.job(), complete };
  };
  // of two slabs made under different `setThreads`, the threads of one share the work
  const shared = queue.length > 1 ? plans.find(({ slab }) => slab.threads !== undefined) : undefined;
  const threads = shared?.slab.threads?.all ?? [];
  const given = threads.map((): { complete(): void }[] => []);
  const collect = (i: number, open: number): void => {
    while (given[i]!.length > open) given[i]!.shift()!.complete();
  };
  while (next < queue.length) {
    // towards the end nobody is given a second piece that another could do at once
    const most = queue.length - next > threads.length ? depth : 1;
    for (const [i, thread] of threads.entries()) {
      collect(i, thread.open);
      while (given[i]!.length < most && queue[next]?.plan.slab.threads?.all === threads) {
        // jobs alternate between the thread's slots
        const taken = take(1 + depth * i + (thread.turn % depth));
        thread.give(taken.slab.id, taken.job);
        given[i]!.push(taken);
      }
    }
    if (next === queue.length) break;
    const own = take(0);
    run(own.slab, own.job);
    own.complete();
  }
  threads.forEach((thread, i) => {
    if (given[i]!.length > 0) thread.wait(1);
    collect(i, 0);
  });
}

/** On the calling thread. */
function run({ kernels }: Slab, job: Job): void {
  for (const { kernel, call } of job) kernels[kernel](call);
}

function checkRows({ name, rows }: Call, length: number): void {
  if (rows === undefined) return;
  const { width, states, order } = rows;
  if (!(width > 0 && width % 4 === 0 && width <= PIECE)) {
    throw new KernelError(`${name}: rows of ${width} elements, expected a multiple of 4 from 4 to ${PIECE}`);
  }
  if (states.length * width !== length || order.length !== states.length) {
    throw new KernelError(
      `${name}: ${states.length} rows of ${width} elements, in an order of ${order.length}, do not make ${length} elements`,
    );
  }
}

/** The last one to three elements, in padded copies. */
function overTail({ arrays, written, padding = {}, totals, kernels }: Call, slab: Slab): void {
  const names = Object.keys(arrays);
  const { length } = arrays[names[0]!]!;
  const rest = length % 4;
  const begin = length - rest;
  const copies = names.map((name, i) => {
    const copy = new Float32Array(slab.buffer, TAILS + 16 * i, 4);
    copy.fill(padding[name] ?? 0).set(arrays[name]!.subarray(begin));
    return copy;
  });
  const pointerTo = (name: string) => TAILS + 16 * names.indexOf(name);
  run(slab, writeJob(slab, 0, kernels, pointerTo, { index: begin, count: 4, width: 4 }));
  names.forEach((name, i) => {
    if (written.includes(name)) arrays[name]!.set(copies[i]!.subarray(0, rest), begin);
  });
  if (totals !== undefined) {
    sumsOf(slab, 0, totals.length).forEach((sum, i) => (totals[i]! += sum));
  }
}
