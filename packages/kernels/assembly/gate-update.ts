/** The gradients of gate-sums.ts, scaled, and AdamW (adamw.ts) of w and α with them, in one pass. */
import { AdamW } from './adamw';
import { Fused } from './fused';
import { Gate, SAMPLED, TEMPERED } from './gate';
import { Random } from './random';
import { ACTIVE, COASTING, Rows } from './rows';
import { PART, Scratch } from './scratch';

class GateUpdate {
  /**
   * Writes w, α and the moments of both. `gradient` has the active rows alone, one after the other; in coasting
   * rows g is 0: w moves by its momentum, α by its penalty.
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
    rows: usize,
    width: u32,
    scratch: usize,
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
    const vGate = f32x4.splat(groupGate);
    const vSlope = f32x4.splat(groupGate * span * inverseTemperature);
    const vLow = f32x4.splat(low);
    const vSpan = f32x4.splat(span);
    const vOdds = f32x4.splat(openOdds);
    const vInverseTemperature = f32x4.splat(inverseTemperature);
    const vPenalty = f32x4.splat(penalty * openOdds);
    const vBeta1W = f32x4.splat(beta1W);
    const vRest1W = f32x4.splat(rest1W * scaleW);
    const vBeta2W = f32x4.splat(beta2W);
    const vRest2W = f32x4.splat(rest2W * scaleW * scaleW);
    const vRateW = f32x4.splat(rateW);
    const vEpsilonW = f32x4.splat(epsilonW);
    const vKeepW = f32x4.splat(keepW);
    const vBeta1A = f32x4.splat(beta1A);
    const vRest1A = f32x4.splat(rest1A * scaleA);
    const vBeta2A = f32x4.splat(beta2A);
    const vRest2A = f32x4.splat(rest2A * scaleA * scaleA);
    const vRateA = f32x4.splat(rateA);
    const vEpsilonA = f32x4.splat(epsilonA);
    const vKeepA = f32x4.splat(keepA);
    const uniforms = scratch;
    const odds = scratch + PART;
    const dW = scratch + 2 * PART;
    const dAlpha = scratch + 3 * PART;
    const rowBytes = (<usize>width) << 2;
    const bytes = (<usize>count) << 2;
    let at: usize = 0;
    let from = gradient;
    let fetched = rows == 0; // the processor itself fetches ahead where one row follows the other
    do {
      const rowEnd = at + rowBytes;
      let counter = Random.counter(index, key0);
      const state = Rows.state(rows);
      const busy = state == ACTIVE || state == COASTING;
      if (busy && !fetched) {
        GateUpdate.fetch(w + at, alpha + at, mW + at, vW + at, mAlpha + at, vAlpha + at, rowBytes, scratch);
      }
      if (rows != 0) fetched = busy;
      if (state == COASTING) {
        AdamW.coast(w + at, mW + at, vW + at, rowBytes, vBeta1W, vBeta2W, vRateW, vEpsilonW, vKeepW);
      } else if (state != ACTIVE) at = rowEnd;
      while (at < rowEnd) {
        const part = Scratch.partOf(at, rowEnd);
        Scratch.exponentials(odds, part, alpha + at);
        if (state == ACTIVE) {
          counter = Scratch.noise(mode, uniforms, part, counter, vKey1);
          let next: usize = 0;
          do {
            const g = v128.load(from);
            from += 16;
            const u = v128.load(uniforms + next);
            const a = v128.load(odds + next);
            const logOdds = v128.load(alpha + at + next);
            const numerator = Gate.numerator(mode, u, logOdds, a, vInverseTemperature);
            const s = f32x4.div(numerator, f32x4.add(numerator, Gate.rest(mode, u)));
            const stretched = Fused.add(s, vSpan, vLow);
            const z = Gate.clamp(stretched);
            const q = f32x4.div(f32x4.splat(1), f32x4.add(a, vOdds));
            const slope = Gate.derivative(s, stretched, z, vSlope);
            const penalised = f32x4.mul(f32x4.mul(a, q), f32x4.mul(q, vPenalty));
            const gw = f32x4.mul(g, v128.load(w + at + next));
            v128.store(dW + next, f32x4.mul(g, f32x4.mul(z, vGate)));
            v128.store(dAlpha + next, Fused.add(gw, slope, penalised));
            next += 16;
          } while (next < part);
          AdamW.loop(
            w + at,
            dW,
            mW + at,
            vW + at,
            part,
            vBeta1W,
            vRest1W,
            vBeta2W,
            vRest2W,
            vRateW,
            vEpsilonW,
            vKeepW,
          );
        } else {
          GateUpdate.penalise(dAlpha, part, odds, vOdds, vPenalty);
        }
        AdamW.loop(
          alpha + at,
          dAlpha,
          mAlpha + at,
          vAlpha + at,
          part,
          vBeta1A,
          vRest1A,
          vBeta2A,
          vRest2A,
          vRateA,
          vEpsilonA,
          vKeepA,
        );
        at += part;
      }
      rows = Rows.next(rows);
      index += width;
    } while (at < bytes);
  }

  /**
   * Reads a word of each cache line of a row in six arrays: a row that stands alone comes into the cache from all of
   * them at once, not from one after the other. `sink` takes their sum, which nobody reads.
   */
  @inline static fetch(
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
    bytes: usize,
    sink: usize,
  ): void {
    let sum: u32 = 0;
    for (let at: usize = 0; at < bytes; at += 64) {
      sum += load<u32>(a + at) + load<u32>(b + at) + load<u32>(c + at);
      sum += load<u32>(d + at) + load<u32>(e + at) + load<u32>(f + at);
    }
    store<u32>(sink, sum);
  }

  /** out[j] = the gradient of the penalty by α, from e^α. */
  @inline static penalise(out: usize, bytes: usize, odds: usize, openOdds: v128, penalty: v128): void {
    const end = out + bytes;
    do {
      const a = v128.load(odds);
      const q = f32x4.div(f32x4.splat(1), f32x4.add(a, openOdds));
      v128.store(out, f32x4.mul(f32x4.mul(a, q), f32x4.mul(q, penalty)));
      odds += 16;
      out += 16;
    } while (out < end);
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
  rows: usize,
  width: u32,
  scratch: usize,
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
    rows,
    width,
    scratch,
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
  rows: usize,
  width: u32,
  scratch: usize,
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
    rows,
    width,
    scratch,
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
