/**
 * Sums over memory: within a block of BLOCK elements in four f32 lanes, each block's sum as an f64 of its own.
 * A division of the work at block borders changes no bit of them.
 */
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Range } from './range';

export const BLOCK: u32 = 4096;

export class Sums {
  /** The four lanes' sum in double precision. */
  @inline static ofLanes(x: v128): f64 {
    return (
      <f64>f32x4.extract_lane(x, 0) +
      <f64>f32x4.extract_lane(x, 1) +
      (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3))
    );
  }
}

@unmanaged
export class SquaredNormsCall extends Range {
  x: usize;
}

/** sums[b] = Σ x² of block b, an f64. */
export function squaredNorms(call: SquaredNormsCall): void {
  const count = call.count;
  let x = call.x;
  let sums = call.sums;
  for (let begin: u32 = 0; begin < count; begin += BLOCK) {
    const end = x + ((<usize>min(BLOCK, count - begin)) << 2);
    let even = f32x4.splat(0);
    let odd = f32x4.splat(0);
    for (; x + 16 < end; x += 32) {
      const a = v128.load(x);
      const b = v128.load(x, 16);
      even = Fused.add(a, a, even);
      odd = Fused.add(b, b, odd);
    }
    if (x < end) {
      const a = v128.load(x);
      even = Fused.add(a, a, even);
      x += 16;
    }
    f64.store(sums, Sums.ofLanes(f32x4.add(even, odd)));
    sums += 8;
  }
}
