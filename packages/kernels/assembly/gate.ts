/**
 * The stretched hard-concrete gate (Louizos et al. 2018; Guo et al. 2021, section 3.1) with a = e^α:
 * s = u·a / (u·a + 1 - u), z = min(1, max(0, s·span + low)), probability of z > 0: P = a / (a + c).
 * c = (-l/r)^temperature, low = l, span = r - l. Four lanes at a time.
 */
import { Exponential } from '../../../tools/workspace/assembly/exponential';
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Random } from './random';
import { Range } from './range';
import { ACTIVE, Rows } from './rows';
import { PART, Scratch } from './scratch';

/** `GateDistribution` of src/gate.ts. */
@unmanaged
export class Distribution {
  low: f32;
  span: f32;
  openOdds: f32;
  inverseTemperature: f32;
}

/** How gates are drawn. */
@unmanaged
export class Draw {
  distribution: Distribution;
  /** The two halves of the key of u's stream. */
  key0: u32;
  key1: u32;
  /** z_g. */
  groupGate: f32;
}

/** How s comes from u and α: u given, temperature 1; u given, any temperature; no u, s = σ(α); u given, temperature ⅔. */
export const SAMPLED: i32 = 0;
export const TEMPERED: i32 = 1;
export const DETERMINISTIC: i32 = 2;
export const TWO_THIRDS: i32 = 3;

export class Gate {
  /**
   * out[j] = the gate's u with this counter, clamped to [1e-4, 1 - 1e-4] as the diff-pruning authors' code does;
   * nothing for the deterministic gate.
   *
   * @returns the next counter
   */
  @inline static noise(mode: i32, out: usize, bytes: usize, counter: v128, key1: v128): v128 {
    if (mode == DETERMINISTIC) return counter;
    const end = out + bytes;
    do {
      const u = Random.uniform(counter, key1);
      v128.store(out, f32x4.pmin(f32x4.pmax(u, f32x4.splat(1e-4)), f32x4.splat(0.9999)));
      counter = Random.next(counter);
      out += 16;
    } while (out < end);
    return counter;
  }

  /** s = numerator / (numerator + rest): the numerator. */
  @inline static numerator(mode: i32, u: v128, alpha: v128, a: v128, inverseTemperature: v128): v128 {
    if (mode == SAMPLED) return f32x4.mul(u, a);
    if (mode == DETERMINISTIC) return a;
    if (mode == TWO_THIRDS) {
      // (a·u / (1 - u))^1.5, of what is so far from 1 that s is 0 or 1 no more than a float holds
      const odds = f32x4.div(f32x4.mul(a, u), f32x4.sub(f32x4.splat(1), u));
      const held = f32x4.pmin(f32x4.pmax(odds, f32x4.splat(1e-24)), f32x4.splat(1e24));
      return f32x4.mul(held, f32x4.sqrt(held));
    }
    const logit = Exponential.log(f32x4.div(u, f32x4.sub(f32x4.splat(1), u)));
    return Exponential.of(f32x4.mul(f32x4.add(alpha, logit), inverseTemperature));
  }

  /** s = numerator / (numerator + rest): the rest. */
  @inline static rest(mode: i32, u: v128): v128 {
    if (mode == SAMPLED) return f32x4.sub(f32x4.splat(1), u);
    return f32x4.splat(1);
  }

  /** ∂z/∂α: `slope` (the span over the temperature) times s·(1 - s) where the clamp let s pass, else 0. */
  @inline static derivative(s: v128, stretched: v128, z: v128, slope: v128): v128 {
    return v128.and(f32x4.mul(f32x4.mul(s, f32x4.sub(f32x4.splat(1), s)), slope), f32x4.eq(z, stretched));
  }

  /** x clamped to [0, 1]; NaN stays NaN. */
  @inline static clamp(x: v128): v128 {
    return f32x4.pmin(f32x4.pmax(x, f32x4.splat(0)), f32x4.splat(1));
  }
}

@unmanaged
export class GateCall extends Range {
  out: usize;
  base: usize;
  w: usize;
  alpha: usize;
  draw: Draw;
  /** 0: what is at `base` counts as 0. */
  based: u32;
}

class Gates {
  /**
   * out[j] = base[j] + groupGate · z_j · w[j], for the rows of `width` elements that are active; with rows, `out` and
   * `base` are given whole.
   */
  @inline static loop(mode: i32, call: GateCall): void {
    const out = call.out;
    const base = call.base;
    const w = call.w;
    const alpha = call.alpha;
    const width = call.width;
    const draw = call.draw;
    const distribution = draw.distribution;
    const key1 = i32x4.splat(draw.key1);
    const groupGate = f32x4.splat(draw.groupGate);
    const low = f32x4.splat(distribution.low);
    const span = f32x4.splat(distribution.span);
    const inverseTemperature = f32x4.splat(distribution.inverseTemperature);
    const based = i32x4.splat(call.based == 0 ? 0 : -1);
    const uniforms = call.scratch;
    const odds = uniforms + PART;
    const bytes = call.bytes;
    const rowBytes = call.rowBytes;
    const key0 = draw.key0;
    let index = call.index;
    let rows = call.rows;
    let order = call.order;
    let at: usize = 0;
    do {
      const rowEnd = at + rowBytes;
      if (Rows.state(rows) == ACTIVE) {
        if (rows != 0) index = Rows.index(order, width);
        let to: usize = rows == 0 ? at : (<usize>index) << 2;
        let counter = Random.counter(index, key0);
        do {
          const part = Scratch.partOf(at, rowEnd);
          counter = Gate.noise(mode, uniforms, part, counter, key1);
          if (mode != TEMPERED) Scratch.exponentials(odds, part, alpha + at);
          let next: usize = 0;
          do {
            const u = v128.load(uniforms + next);
            const a = v128.load(odds + next);
            const numerator = Gate.numerator(mode, u, v128.load(alpha + at), a, inverseTemperature);
            const s = f32x4.div(numerator, f32x4.add(numerator, Gate.rest(mode, u)));
            const z = Gate.clamp(Fused.add(s, span, low));
            const from = v128.and(v128.load(base + to), based);
            v128.store(out + to, Fused.add(f32x4.mul(z, groupGate), v128.load(w + at), from));
            to += 16;
            at += 16;
            next += 16;
          } while (next < part);
        } while (at < rowEnd);
      }
      at = rowEnd;
      rows = Rows.next(rows);
      order += 4;
      index += width;
    } while (at < bytes);
  }
}

export function gateSampled(call: GateCall): void {
  Gates.loop(SAMPLED, call);
}

export function gateTempered(call: GateCall): void {
  Gates.loop(TEMPERED, call);
}

export function gateTwoThirds(call: GateCall): void {
  Gates.loop(TWO_THIRDS, call);
}

export function gateDeterministic(call: GateCall): void {
  Gates.loop(DETERMINISTIC, call);
}
