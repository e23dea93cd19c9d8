/** Masks M from scores, and θ' = M ⊙ weight. */
import { Range } from './range';

/** What is kept: scores above the threshold, and of those equal to it the ones at an index below `tieEnd`. */
@unmanaged
export class Cut {
  threshold: f32;
  tieEnd: u32;
}

/** What a score is: a number of its own, or the weight's magnitude. */
export const OWN: i32 = 0;
export const MAGNITUDE: i32 = 1;

export class Mask {
  /** All bits where a score is kept. */
  @inline static of(mode: i32, score: v128, index: v128, threshold: v128, tieEnd: v128): v128 {
    const x = mode == MAGNITUDE ? f32x4.abs(score) : score;
    return v128.or(f32x4.gt(x, threshold), v128.and(f32x4.eq(x, threshold), i32x4.lt_u(index, tieEnd)));
  }

  /** The indices of the elements from `index`. */
  @inline static indices(index: u32): v128 {
    return i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  }
}

@unmanaged
export class MagnitudeMaskCall extends Range {
  out: usize;
  weight: usize;
  cut: Cut;
}

@unmanaged
export class ScoreMaskCall extends MagnitudeMaskCall {
  score: usize;
}

class Masks {
  @inline static loop(mode: i32, call: MagnitudeMaskCall, score: usize): void {
    const threshold = f32x4.splat(call.cut.threshold);
    const tieEnd = i32x4.splat(call.cut.tieEnd);
    const out = call.out;
    const weight = call.weight;
    const bytes = call.bytes;
    let index = Mask.indices(call.index);
    let at: usize = 0;
    do {
      const kept = Mask.of(mode, v128.load(score + at), index, threshold, tieEnd);
      v128.store(out + at, v128.and(v128.load(weight + at), kept));
      index = i32x4.add(index, i32x4.splat(4));
      at += 16;
    } while (at < bytes);
  }
}

/** out = weight where |weight| is kept, else 0. */
export function magnitudeMask(call: MagnitudeMaskCall): void {
  Masks.loop(MAGNITUDE, call, call.weight);
}

/** out = weight where the score is kept, else 0. */
export function scoreMask(call: ScoreMaskCall): void {
  Masks.loop(OWN, call, call.score);
}
