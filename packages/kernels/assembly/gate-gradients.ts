/**
 * From g = ∂L/∂θ', θ' = θ + z_g·z·w, the gradients of w and of the log-odds α of the loss with its L0 penalty:
 *   ∂w = g·z_g·z
 *   ∂α = g·w·z_g·∂z/∂α + penalty·P·(1 - P)
 * `penalty` is λ times the group's probability. The gate is drawn again from its counter, never stored.
 */
import { Fused } from './fused';
import { Gate, SAMPLED, TEMPERED } from './gate';
import { Random } from './random';
import { ACTIVE, Rows } from './rows';
import { PART, Scratch } from './scratch';
import { Sums } from './sums';

class GateGradients {
  /**
   * Writes ∂w over g, and ∂α; for each row of `width` elements four f64: Σ(∂w)², Σ(∂α)², Σ g·z·w (the group gate's
   * gradient), ΣP; 0 for rows that are not active, where nothing is written. With rows, both gradients are given whole.
   */
  @inline static loop(
    mode: i32,
    gradient: usize,
    alphaGradient: usize,
    w: usize,
    alpha: usize,
    index: u32,
    count: u32,
    rows: usize,
    order: usize,
    width: u32,
    sums: usize,
    scratch: usize,
    key0: u32,
    key1: u32,
    groupGate: f32,
    low: f32,
    span: f32,
    openOdds: f32,
    inverseTemperature: f32,
    penalty: f32,
  ): void {
    const vKey1 = i32x4.splat(key1);
    const vGroupGate = f32x4.splat(groupGate);
    const vSlope = f32x4.splat(groupGate * span * inverseTemperature);
    const vLow = f32x4.splat(low);
    const vSpan = f32x4.splat(span);
    const vOdds = f32x4.splat(openOdds);
    const vInverseTemperature = f32x4.splat(inverseTemperature);
    const vPenalty = f32x4.splat(penalty * openOdds);
    const uniforms = scratch;
    const odds = scratch + PART;
    const bytes = (<usize>count) << 2;
    let at: usize = 0;
    do {
      let sumW = f32x4.splat(0);
      let sumAlpha = f32x4.splat(0);
      let sumGroup = f32x4.splat(0);
      let sumOpen = f32x4.splat(0);
      const rowEnd = min(at + ((<usize>width) << 2), bytes);
      if (Rows.state(rows) == ACTIVE) {
        if (rows != 0) index = Rows.index(order, width);
        let from: usize = rows == 0 ? at : (<usize>index) << 2;
        let counter = Random.counter(index, key0);
        do {
          const part = Scratch.partOf(at, rowEnd);
          counter = Scratch.noise(mode, uniforms, part, counter, vKey1);
          Scratch.exponentials(odds, part, alpha + at);
          let next: usize = 0;
          do {
            const g = v128.load(gradient + from);
            const gw = f32x4.mul(g, v128.load(w + at));
            const u = v128.load(uniforms + next);
            const a = v128.load(odds + next);
            const numerator = Gate.numerator(mode, u, v128.load(alpha + at), a, vInverseTemperature);
            const s = f32x4.div(numerator, f32x4.add(numerator, Gate.rest(mode, u)));
            const stretched = Fused.add(s, vSpan, vLow);
            const z = Gate.clamp(stretched);
            const q = f32x4.div(f32x4.splat(1), f32x4.add(a, vOdds));
            const open = f32x4.mul(a, q);
            const slope = Gate.derivative(s, stretched, z, vSlope);
            const penalised = f32x4.mul(open, f32x4.mul(q, vPenalty));
            const dW = f32x4.mul(g, f32x4.mul(z, vGroupGate));
            const dAlpha = Fused.add(gw, slope, penalised);
            v128.store(gradient + from, dW);
            v128.store(alphaGradient + from, dAlpha);
            sumW = Fused.add(dW, dW, sumW);
            sumAlpha = Fused.add(dAlpha, dAlpha, sumAlpha);
            sumGroup = Fused.add(gw, z, sumGroup);
            sumOpen = Fused.add(a, q, sumOpen);
            from += 16;
            at += 16;
            next += 16;
          } while (next < part);
        } while (at < rowEnd);
      }
      at = rowEnd;
      f64.store(sums, Sums.ofLanes(sumW));
      f64.store(sums, Sums.ofLanes(sumAlpha), 8);
      f64.store(sums, Sums.ofLanes(sumGroup), 16);
      f64.store(sums, Sums.ofLanes(sumOpen), 24);
      sums += 32;
      rows = Rows.next(rows);
      order += 4;
      index += width;
    } while (at < bytes);
  }
}

export function gateGradientsSampled(
  gradient: usize,
  alphaGradient: usize,
  w: usize,
  alpha: usize,
  index: u32,
  count: u32,
  rows: usize,
  order: usize,
  width: u32,
  sums: usize,
  scratch: usize,
  key0: u32,
  key1: u32,
  groupGate: f32,
  low: f32,
  span: f32,
  openOdds: f32,
  inverseTemperature: f32,
  penalty: f32,
): void {
  GateGradients.loop(
    SAMPLED,
    gradient,
    alphaGradient,
    w,
    alpha,
    index,
    count,
    rows,
    order,
    width,
    sums,
    scratch,
    key0,
    key1,
    groupGate,
    low,
    span,
    openOdds,
    inverseTemperature,
    penalty,
  );
}

export function gateGradientsTempered(
  gradient: usize,
  alphaGradient: usize,
  w: usize,
  alpha: usize,
  index: u32,
  count: u32,
  rows: usize,
  order: usize,
  width: u32,
  sums: usize,
  scratch: usize,
  key0: u32,
  key1: u32,
  groupGate: f32,
  low: f32,
  span: f32,
  openOdds: f32,
  inverseTemperature: f32,
  penalty: f32,
): void {
  GateGradients.loop(
    TEMPERED,
    gradient,
    alphaGradient,
    w,
    alpha,
    index,
    count,
    rows,
    order,
    width,
    sums,
    scratch,
    key0,
    key1,
    groupGate,
    low,
    span,
    openOdds,
    inverseTemperature,
    penalty,
  );
}
