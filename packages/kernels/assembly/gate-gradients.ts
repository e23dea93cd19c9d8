/**
 * From g = ∂L/∂θ', θ' = θ + z_g·z·w, the gradients of w and of the log-odds α of the loss with its L0 penalty:
 *   ∂w = g·z_g·z
 *   ∂α = g·w·z_g·∂z/∂α + penalty·P·(1 - P)
 * `penalty` is λ times the group's probability. The gate is drawn again from its counter, never stored.
 */
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Draw, Gate, SAMPLED, TEMPERED, TWO_THIRDS } from './gate';
import { Random } from './random';
import { Range } from './range';
import { ACTIVE, Rows } from './rows';
import { PART, Scratch } from './scratch';
import { Sums } from './sums';

@unmanaged
export class GateGradientsCall extends Range {
  gradient: usize;
  alphaGradient: usize;
  w: usize;
  alpha: usize;
  draw: Draw;
  penalty: f32;
}

class GateGradients {
  /**
   * Writes ∂w over g, and ∂α; for each row of `width` elements four f64: Σ(∂w)², Σ(∂α)², Σ g·z·w (the group gate's
   * gradient), ΣP; 0 for rows that are not active, where nothing is written. With rows, both gradients are given whole.
   */
  @inline static loop(mode: i32, call: GateGradientsCall): void {
    const gradient = call.gradient;
    const alphaGradient = call.alphaGradient;
    const w = call.w;
    const alpha = call.alpha;
    const width = call.width;
    const draw = call.draw;
    const distribution = draw.distribution;
    const key1 = i32x4.splat(draw.key1);
    const groupGate = f32x4.splat(draw.groupGate);
    const slopeScale = f32x4.splat(draw.groupGate * distribution.span * distribution.inverseTemperature);
    const low = f32x4.splat(distribution.low);
    const span = f32x4.splat(distribution.span);
    const openOdds = f32x4.splat(distribution.openOdds);
    const inverseTemperature = f32x4.splat(distribution.inverseTemperature);
    const penalty = f32x4.splat(call.penalty * distribution.openOdds);
    const uniforms = call.scratch;
    const odds = uniforms + PART;
    const bytes = call.bytes;
    const rowBytes = call.rowBytes;
    const key0 = draw.key0;
    let index = call.index;
    let rows = call.rows;
    let order = call.order;
    let sums = call.sums;
    let at: usize = 0;
    do {
      let sumW = f32x4.splat(0);
      let sumAlpha = f32x4.splat(0);
      let sumGroup = f32x4.splat(0);
      let sumOpen = f32x4.splat(0);
      const rowEnd = min(at + rowBytes, bytes);
      if (Rows.state(rows) == ACTIVE) {
        if (rows != 0) index = Rows.index(order, width);
        let from: usize = rows == 0 ? at : (<usize>index) << 2;
        let counter = Random.counter(index, key0);
        do {
          const part = Scratch.partOf(at, rowEnd);
          counter = Gate.noise(mode, uniforms, part, counter, key1);
          Scratch.exponentials(odds, part, alpha + at);
          let next: usize = 0;
          do {
            const g = v128.load(gradient + from);
            const gw = f32x4.mul(g, v128.load(w + at));
            const u = v128.load(uniforms + next);
            const a = v128.load(odds + next);
            const numerator = Gate.numerator(mode, u, v128.load(alpha + at), a, inverseTemperature);
            const s = f32x4.div(numerator, f32x4.add(numerator, Gate.rest(mode, u)));
            const stretched = Fused.add(s, span, low);
            const z = Gate.clamp(stretched);
            const q = f32x4.div(f32x4.splat(1), f32x4.add(a, openOdds));
            const open = f32x4.mul(a, q);
            const slope = Gate.derivative(s, stretched, z, slopeScale);
            const penalised = f32x4.mul(open, f32x4.mul(q, penalty));
            const dW = f32x4.mul(g, f32x4.mul(z, groupGate));
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

export function gateGradientsSampled(call: GateGradientsCall): void {
  GateGradients.loop(SAMPLED, call);
}

export function gateGradientsTempered(call: GateGradientsCall): void {
  GateGradients.loop(TEMPERED, call);
}

export function gateGradientsTwoThirds(call: GateGradientsCall): void {
  GateGradients.loop(TWO_THIRDS, call);
}
