/** AdamW (adamw.ts) of weight and score in one pass, from g = ∂L/∂θ' by the gradients of mask-gradients.ts. */
import { AdamW, AdamWStep } from './adamw';
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Cut, MAGNITUDE, Mask, OWN } from './mask';
import { Range } from './range';
import { PART, Scratch } from './scratch';

@unmanaged
class MaskUpdateCall extends Range {
  gradient: usize;
  weight: usize;
  mWeight: usize;
  vWeight: usize;
  stepWeight: AdamWStep;
  /** What θ' was made with. */
  cut: Cut;
  /** Not 0: ∂weight = g ⊙ M, else g. */
  masked: u32;
}

@unmanaged
export class MagnitudeUpdateCall extends MaskUpdateCall {
  /** Not 0: a weight that was 0 in θ' is 0 afterwards. */
  zeroed: u32;
}

@unmanaged
export class ScoreUpdateCall extends MaskUpdateCall {
  score: usize;
  mScore: usize;
  vScore: usize;
  stepScore: AdamWStep;
  penalty: f32;
}

class MaskUpdate {
  /** out = g ⊙ M. */
  @inline static masked(
    mode: i32,
    out: usize,
    bytes: usize,
    gradient: usize,
    score: usize,
    index: u32,
    threshold: v128,
    tieEnd: v128,
  ): void {
    let indices = Mask.indices(index);
    let at: usize = 0;
    do {
      const kept = Mask.of(mode, v128.load(score + at), indices, threshold, tieEnd);
      v128.store(out + at, v128.and(v128.load(gradient + at), kept));
      indices = i32x4.add(indices, i32x4.splat(4));
      at += 16;
    } while (at < bytes);
  }

  /** out: all bits where θ' = M ⊙ weight is not 0. */
  @inline static nonzeros(
    out: usize,
    bytes: usize,
    weight: usize,
    index: u32,
    threshold: v128,
    tieEnd: v128,
  ): void {
    let indices = Mask.indices(index);
    let at: usize = 0;
    do {
      const x = v128.load(weight + at);
      const kept = Mask.of(MAGNITUDE, x, indices, threshold, tieEnd);
      v128.store(out + at, v128.and(kept, f32x4.ne(x, f32x4.splat(0))));
      indices = i32x4.add(indices, i32x4.splat(4));
      at += 16;
    } while (at < bytes);
  }

  /** inOut = inOut where the bits are set, else 0. */
  @inline static keep(inOut: usize, bytes: usize, bits: usize): void {
    let at: usize = 0;
    do {
      v128.store(inOut + at, v128.and(v128.load(inOut + at), v128.load(bits + at)));
      at += 16;
    } while (at < bytes);
  }

  /** out = g · weight. */
  @inline static products(out: usize, bytes: usize, gradient: usize, weight: usize): void {
    let at: usize = 0;
    do {
      v128.store(out + at, f32x4.mul(v128.load(gradient + at), v128.load(weight + at)));
      at += 16;
    } while (at < bytes);
  }

  /** inOut = e^score, then g · weight with the penalty's gradient. */
  @inline static penalised(
    inOut: usize,
    bytes: usize,
    gradient: usize,
    weight: usize,
    score: usize,
    penalty: v128,
  ): void {
    const one = f32x4.splat(1);
    Scratch.exponentials(inOut, bytes, score);
    let at: usize = 0;
    do {
      const a = v128.load(inOut + at);
      const q = f32x4.div(one, f32x4.add(a, one));
      const slope = f32x4.mul(f32x4.mul(a, q), f32x4.mul(q, penalty));
      v128.store(inOut + at, Fused.add(v128.load(gradient + at), v128.load(weight + at), slope));
      at += 16;
    } while (at < bytes);
  }
}

/** Writes the weight and its moments. */
export function magnitudeUpdate(call: MagnitudeUpdateCall): void {
  const threshold = f32x4.splat(call.cut.threshold);
  const tieEnd = i32x4.splat(call.cut.tieEnd);
  const dMasked = call.scratch;
  const nonzeros = dMasked + PART;
  const bytes = call.bytes;
  const masked = call.masked != 0;
  const zeroed = call.zeroed != 0;
  let at: usize = 0;
  do {
    const part = Scratch.partOf(at, bytes);
    const weight = call.weight + at;
    const index = call.index + <u32>(at >> 2);
    let dWeight = call.gradient + at;
    if (zeroed) MaskUpdate.nonzeros(nonzeros, part, weight, index, threshold, tieEnd);
    if (masked) {
      MaskUpdate.masked(MAGNITUDE, dMasked, part, dWeight, weight, index, threshold, tieEnd);
      dWeight = dMasked;
    }
    AdamW.loop(weight, dWeight, call.mWeight + at, call.vWeight + at, part, call.stepWeight);
    if (zeroed) MaskUpdate.keep(weight, part, nonzeros);
    at += part;
  } while (at < bytes);
}

/** Writes weight, score and the moments of both. */
export function scoreUpdate(call: ScoreUpdateCall): void {
  const threshold = f32x4.splat(call.cut.threshold);
  const tieEnd = i32x4.splat(call.cut.tieEnd);
  const penalty = f32x4.splat(call.penalty);
  const penalised = call.penalty != 0;
  const dScore = call.scratch;
  const dMasked = dScore + PART;
  const bytes = call.bytes;
  const masked = call.masked != 0;
  let at: usize = 0;
  do {
    const part = Scratch.partOf(at, bytes);
    const gradient = call.gradient + at;
    const weight = call.weight + at;
    const score = call.score + at;
    if (penalised) MaskUpdate.penalised(dScore, part, gradient, weight, score, penalty);
    else MaskUpdate.products(dScore, part, gradient, weight);
    let dWeight = gradient;
    if (masked) {
      const index = call.index + <u32>(at >> 2);
      MaskUpdate.masked(OWN, dMasked, part, gradient, score, index, threshold, tieEnd);
      dWeight = dMasked;
    }
    AdamW.loop(weight, dWeight, call.mWeight + at, call.vWeight + at, part, call.stepWeight);
    AdamW.loop(score, dScore, call.mScore + at, call.vScore + at, part, call.stepScore);
    at += part;
  } while (at < bytes);
}
