/**
 * How often scores have which leading bits, for a radix selection (src/selection.ts). A score's key is an unsigned integer
 * that is ordered as the scores are: its bits, with the sign turned, all of them turned where it is negative.
 */
import { Range } from './range';

/** Counters of a histogram. */
const BINS: u32 = 2048;
const BYTES: usize = 4 * BINS;

@unmanaged
export class HistogramCall extends Range {
  score: usize;
  /** Bits of a score that count: all, or all but the sign. */
  bits: u32;
  /** The first key that has a bin, and the power of two of keys that share one. */
  first: u32;
  shift: u32;
}

/** Which of the scores may have a bin: all, many, or few. */
const ALL: i32 = 0;
const MANY: i32 = 1;
const FEW: i32 = 2;

class Histogram {
  @inline static key(score: v128): v128 {
    const negative = i32x4.shr_s(score, 31);
    return v128.xor(score, v128.or(negative, i32x4.splat(0x80000000)));
  }

  /** table[bin] += add */
  @inline static add(table: usize, bin: u32, add: u32): void {
    const at = table + ((<usize>bin) << 2);
    store<u32>(at, load<u32>(at) + add);
  }

  /** Each lane has a table of its own, so that equal scores do not wait for each other's counter. */
  @inline static addLanes(table: usize, bin: v128, add: v128): void {
    Histogram.add(table, i32x4.extract_lane(bin, 0), i32x4.extract_lane(add, 0));
    Histogram.add(table + BYTES, i32x4.extract_lane(bin, 1), i32x4.extract_lane(add, 1));
    Histogram.add(table + 2 * BYTES, i32x4.extract_lane(bin, 2), i32x4.extract_lane(add, 2));
    Histogram.add(table + 3 * BYTES, i32x4.extract_lane(bin, 3), i32x4.extract_lane(add, 3));
  }

  /** @returns lanes that are not 0 where any score was NaN */
  @inline static loop(inBins: i32, call: HistogramCall): v128 {
    const table = call.sums;
    const bits = i32x4.splat(call.bits);
    const first = i32x4.splat(call.first);
    const shift = call.shift;
    const zero = f32x4.splat(0);
    let nan = zero;
    let score = call.score;
    const end = score + call.bytes;
    do {
      const x = f32x4.add(v128.and(v128.load(score), bits), zero); // -0 becomes 0
      nan = v128.or(nan, f32x4.ne(x, x));
      const key = Histogram.key(x);
      if (inBins == ALL) {
        Histogram.addLanes(table, i32x4.shr_u(key, 21), i32x4.splat(1));
      } else {
        const bin = i32x4.shr_u(i32x4.sub(key, first), shift);
        const inside = i32x4.lt_u(bin, i32x4.splat(BINS));
        // a branch that is often taken, but not always, takes longer than to add zeros
        if (inBins == MANY || v128.any_true(inside)) {
          Histogram.addLanes(table, v128.and(bin, i32x4.splat(BINS - 1)), i32x4.shr_u(inside, 31));
        }
      }
      score += 16;
    } while (score < end);
    return nan;
  }
}

/**
 * Stores BINS u32 where the partial sums go, the number of scores for each bin, and behind them one that is not 0 if any
 * score is NaN.
 */
export function histogram(call: HistogramCall): void {
  const table = call.sums;
  const shift = call.shift;
  memory.fill(table, 0, 4 * BYTES);
  let nan: v128;
  if (shift == 21) nan = Histogram.loop(ALL, call);
  else if (shift != 0) nan = Histogram.loop(MANY, call);
  else nan = Histogram.loop(FEW, call);
  let at = table;
  const tableEnd = table + BYTES;
  do {
    const low = i32x4.add(v128.load(at), v128.load(at, 8192));
    const high = i32x4.add(v128.load(at, 16384), v128.load(at, 24576));
    v128.store(at, i32x4.add(low, high));
    at += 16;
  } while (at < tableEnd);
  store<u32>(tableEnd, v128.any_true(nan) ? 1 : 0);
}
