/** The gradients of gate-sums.ts, scaled, and AdamW (adamw.ts) of w and α with them, in one pass. */
import { AdamW } from './adamw';
import { Exponential } from './exponential';
import { Gate, SAMPLED, TEMPERED } from './gate';
import { Random } from './random';
import { Rows } from './rows';

class GateUpdate {
  /**
   * Writes w, α and the moments of both. In rows that are not active, g is 0 and not read: w moves by its momentum
   * alone, and where it has none (the row's w and moments are all 0) it stays.
   */
  @inline static loop(
    mode: i32,
    gradient: usize,
    w: usize,
    alpha: usize,
    mW: usize,
    vW: usize,
    mAlpha: usize,
    vAlpha: usize,
    index: u32,
    count: u32,
    active: usize,
    width: u32,
    key0: u32,
    key1: u32,
    groupGate: f32,
    low: f32,
    span: f32,
    openOdds: f32,
    inverseTemperature: f32,
    penalty: f32,
    scaleW: f32,
    beta1W: f32,
    rest1W: f32,
    beta2W: f32,
    rest2W: f32,
    rateW: f32,
    epsilonW: f32,
    keepW: f32,
    scaleA: f32,
    beta1A: f32,
    rest1A: f32,
    beta2A: f32,
    rest2A: f32,
    rateA: f32,
    epsilonA: f32,
    keepA: f32,
  ): void {
    const vKey1 = i32x4.splat(key1);
    const vGate = f32x4.splat(groupGate * scaleW);
    const vSlope = f32x4.splat(groupGate * span * inverseTemperature * scaleA);
    const vLow = f32x4.splat(low);
    const vSpan = f32x4.splat(span);
    const vOdds = f32x4.splat(openOdds);
    const vInverseTemperature = f32x4.splat(inverseTemperature);
    const vPenalty = f32x4.splat(penalty * openOdds * scaleA);
    const vBeta1W = f32x4.splat(beta1W);
    const vRest1W = f32x4.splat(rest1W);
    const vBeta2W = f32x4.splat(beta2W);
    const vRest2W = f32x4.splat(rest2W);
    const vRateW = f32x4.splat(rateW);
    const vEpsilonW = f32x4.splat(epsilonW);
    const vKeepW = f32x4.splat(keepW);
    const vBeta1A = f32x4.splat(beta1A);
    const vRest1A = f32x4.splat(rest1A);
    const vBeta2A = f32x4.splat(beta2A);
    const vRest2A = f32x4.splat(rest2A);
    const vRateA = f32x4.splat(rateA);
    const vEpsilonA = f32x4.splat(epsilonA);
    const vKeepA = f32x4.splat(keepA);
    const rowBytes = (<usize>width) << 2;
    const bytes = (<usize>count) << 2;
    let at: usize = 0;
    do {
      const end = at + rowBytes;
      if (Rows.isActive(active)) {
        let counter = Random.counter(index, key0);
        do {
          const logOdds = v128.load(alpha + at);
          const weight = v128.load(w + at);
          const g = v128.load(gradient + at);
          const a = Exponential.of(logOdds);
          const u = Gate.noise(mode, counter, vKey1);
          counter = Random.next(counter);
          const numerator = Gate.numerator(mode, u, logOdds, a, vInverseTemperature);
          const s = f32x4.div(numerator, f32x4.add(numerator, Gate.rest(mode, u)));
          const stretched = f32x4.add(f32x4.mul(s, vSpan), vLow);
          const z = Gate.clamp(stretched);
          const q = f32x4.div(f32x4.splat(1), f32x4.add(a, vOdds));
          const slope = Gate.derivative(s, stretched, z, vSlope);
          const penalised = f32x4.mul(f32x4.mul(a, q), f32x4.mul(q, vPenalty));

          const dW = f32x4.mul(g, f32x4.mul(z, vGate));
          const meanW = AdamW.mean(v128.load(mW + at), dW, vBeta1W, vRest1W);
          const squareW = AdamW.square(v128.load(vW + at), dW, vBeta2W, vRest2W);
          v128.store(mW + at, meanW);
          v128.store(vW + at, squareW);
          v128.store(w + at, AdamW.step(weight, meanW, squareW, vRateW, vEpsilonW, vKeepW));

          const dAlpha = f32x4.add(f32x4.mul(f32x4.mul(g, weight), slope), penalised);
          const meanA = AdamW.mean(v128.load(mAlpha + at), dAlpha, vBeta1A, vRest1A);
          const squareA = AdamW.square(v128.load(vAlpha + at), dAlpha, vBeta2A, vRest2A);
          v128.store(mAlpha + at, meanA);
          v128.store(vAlpha + at, squareA);
          v128.store(alpha + at, AdamW.step(logOdds, meanA, squareA, vRateA, vEpsilonA, vKeepA));
          at += 16;
        } while (at < end);
      } else {
        let moving = at;
        while (moving < end && !GateUpdate.moves(w + moving, mW + moving, vW + moving)) moving += 16;
        for (; moving < end; moving += 16) {
          const meanW = f32x4.mul(v128.load(mW + moving), vBeta1W);
          const squareW = f32x4.mul(v128.load(vW + moving), vBeta2W);
          v128.store(mW + moving, meanW);
          v128.store(vW + moving, squareW);
          const weight = v128.load(w + moving);
          v128.store(w + moving, AdamW.step(weight, meanW, squareW, vRateW, vEpsilonW, vKeepW));
        }
        do {
          const logOdds = v128.load(alpha + at);
          const a = Exponential.of(logOdds);
          const q = f32x4.div(f32x4.splat(1), f32x4.add(a, vOdds));
          const dAlpha = f32x4.mul(f32x4.mul(a, q), f32x4.mul(q, vPenalty));
          const meanA = AdamW.mean(v128.load(mAlpha + at), dAlpha, vBeta1A, vRest1A);
          const squareA = AdamW.square(v128.load(vAlpha + at), dAlpha, vBeta2A, vRest2A);
          v128.store(mAlpha + at, meanA);
          v128.store(vAlpha + at, squareA);
          v128.store(alpha + at, AdamW.step(logOdds, meanA, squareA, vRateA, vEpsilonA, vKeepA));
          at += 16;
        } while (at < end);
      }
      active = Rows.next(active);
      index += width;
    } while (at < bytes);
  }

  @inline static moves(w: usize, m: usize, v: usize): bool {
    return v128.any_true(v128.or(v128.or(v128.load(w), v128.load(m)), v128.load(v)));
  }
}

export function gateUpdateSampled(
  gradient: usize,
  w: usize,
  alpha: usize,
  mW: usize,
  vW: usize,
  mAlpha: usize,
  vAlpha: usize,
  index: u32,
  count: u32,
  active: usize,
  width: u32,
  key0: u32,
  key1: u32,
  groupGate: f32,
  low: f32,
  span: f32,
  openOdds: f32,
  inverseTemperature: f32,
  penalty: f32,
  scaleW: f32,
  beta1W: f32,
  rest1W: f32,
  beta2W: f32,
  rest2W: f32,
  rateW: f32,
  epsilonW: f32,
  keepW: f32,
  scaleA: f32,
  beta1A: f32,
  rest1A: f32,
  beta2A: f32,
  rest2A: f32,
  rateA: f32,
  epsilonA: f32,
  keepA: f32,
): void {
  GateUpdate.loop(
    SAMPLED,
    gradient,
    w,
    alpha,
    mW,
    vW,
    mAlpha,
    vAlpha,
    index,
    count,
    active,
    width,
    key0,
    key1,
    groupGate,
    low,
    span,
    openOdds,
    inverseTemperature,
    penalty,
    scaleW,
    beta1W,
    rest1W,
    beta2W,
    rest2W,
    rateW,
    epsilonW,
    keepW,
    scaleA,
    beta1A,
    rest1A,
    beta2A,
    rest2A,
    rateA,
    epsilonA,
    keepA,
  );
}

export function gateUpdateTempered(
  gradient: usize,
  w: usize,
  alpha: usize,
  mW: usize,
  vW: usize,
  mAlpha: usize,
  vAlpha: usize,
  index: u32,
  count: u32,
  active: usize,
  width: u32,
  key0: u32,
  key1: u32,
  groupGate: f32,
  low: f32,
  span: f32,
  openOdds: f32,
  inverseTemperature: f32,
  penalty: f32,
  scaleW: f32,
  beta1W: f32,
  rest1W: f32,
  beta2W: f32,
  rest2W: f32,
  rateW: f32,
  epsilonW: f32,
  keepW: f32,
  scaleA: f32,
  beta1A: f32,
  rest1A: f32,
  beta2A: f32,
  rest2A: f32,
  rateA: f32,
  epsilonA: f32,
  keepA: f32,
): void {
  GateUpdate.loop(
    TEMPERED,
    gradient,
    w,
    alpha,
    mW,
    vW,
    mAlpha,
    vAlpha,
    index,
    count,
    active,
    width,
    key0,
    key1,
    groupGate,
    low,
    span,
    openOdds,
    inverseTemperature,
    penalty,
    scaleW,
    beta1W,
    rest1W,
    beta2W,
    rest2W,
    rateW,
    epsilonW,
    keepW,
    scaleA,
    beta1A,
    rest1A,
    beta2A,
    rest2A,
    rateA,
    epsilonA,
    keepA,
  );
}
