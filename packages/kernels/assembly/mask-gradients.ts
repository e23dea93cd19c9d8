/**
 * From g = ∂L/∂θ', θ' = M(score) ⊙ weight, the straight-through gradients of weight and score, for their norms. They are
 * not stored: mask-update.ts takes them again, which costs less than the memory would.
 *   ∂weight = g, or g ⊙ M
 *   ∂score  = g · weight + penalty · σ(score) · (1 - σ(score))
 */
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Cut, MAGNITUDE, Mask, OWN } from './mask';
import { Range } from './range';
import { PART, Scratch } from './scratch';
import { Sums } from './sums';

@unmanaged
export class MagnitudeGradientsCall extends Range {
  gradient: usize;
  weight: usize;
  cut: Cut;
  /** Not 0: ∂weight = g ⊙ M. */
  masked: u32;
}

@unmanaged
export class ScoreGradientsCall extends MagnitudeGradientsCall {
  score: usize;
  penalty: f32;
}

class MaskGradients {
  /**
   * For each block of `width` elements four f64: Σ(∂weight)², Σ(∂score)², Σ σ(score), the number of weights kept; the
   * second is 0 without scores, the third without penalty.
   */
  @inline static loop(mode: i32, call: MagnitudeGradientsCall, score: usize, penalty: f32): void {
    const gradient = call.gradient;
    const weight = call.weight;
    const threshold = f32x4.splat(call.cut.threshold);
    const tieEnd = i32x4.splat(call.cut.tieEnd);
    const everywhere = i32x4.splat(call.masked == 0 ? -1 : 0);
    const prices = f32x4.splat(penalty);
    const one = f32x4.splat(1);
    const odds = call.scratch;
    const slopes = odds + PART;
    const bytes = call.bytes;
    const rowBytes = call.rowBytes;
    const penalised = penalty != 0;
    memory.fill(slopes, 0, PART);
    let sums = call.sums;
    let index = Mask.indices(call.index);
    let at: usize = 0;
    do {
      let sumWeight = f32x4.splat(0);
      let sumScore = f32x4.splat(0);
      let sumOpen = f32x4.splat(0);
      let sumKept = i32x4.splat(0);
      const rowEnd = min(at + rowBytes, bytes);
      do {
        const part = Scratch.partOf(at, rowEnd);
        if (mode == OWN && penalised) {
          Scratch.exponentials(odds, part, score + at);
          let next: usize = 0;
          do {
            const a = v128.load(odds + next);
            const q = f32x4.div(one, f32x4.add(a, one));
            const open = f32x4.mul(a, q);
            sumOpen = f32x4.add(sumOpen, open);
            v128.store(slopes + next, f32x4.mul(open, f32x4.mul(q, prices)));
            next += 16;
          } while (next < part);
        }
        let next: usize = 0;
        do {
          const g = v128.load(gradient + at);
          const kept = Mask.of(mode, v128.load(score + at), index, threshold, tieEnd);
          const dWeight = v128.and(g, v128.or(kept, everywhere));
          sumWeight = Fused.add(dWeight, dWeight, sumWeight);
          sumKept = i32x4.sub(sumKept, kept);
          if (mode == OWN) {
            const dScore = Fused.add(g, v128.load(weight + at), v128.load(slopes + next));
            sumScore = Fused.add(dScore, dScore, sumScore);
          }
          index = i32x4.add(index, i32x4.splat(4));
          at += 16;
          next += 16;
        } while (next < part);
      } while (at < rowEnd);
      f64.store(sums, Sums.ofLanes(sumWeight));
      f64.store(sums, Sums.ofLanes(sumScore), 8);
      f64.store(sums, Sums.ofLanes(sumOpen), 16);
      f64.store(sums, Sums.ofLanes(f32x4.convert_i32x4_s(sumKept)), 24);
      sums += 32;
    } while (at < bytes);
  }
}

export function magnitudeGradients(call: MagnitudeGradientsCall): void {
  MaskGradients.loop(MAGNITUDE, call, call.weight, 0);
}

export function scoreGradients(call: ScoreGradientsCall): void {
  MaskGradients.loop(OWN, call, call.score, call.penalty);
}
