/** What a linear layer's output goes through, in four lanes. */
import { Exponential } from '../../../tools/workspace/assembly/exponential';
import { Fused } from '../../../tools/workspace/assembly/fused';

/** src/steps.ts has the same numbers. */
export const GELU: u32 = 1;
export const GELU_TANH: u32 = 2;
export const RELU: u32 = 3;
export const TANH: u32 = 4;

export class Activation {
  @inline static of(activation: u32, x: v128): v128 {
    if (activation == GELU) return Activation.gelu(x);
    if (activation == GELU_TANH) return Activation.geluTanh(x);
    if (activation == RELU) return f32x4.pmax(f32x4.splat(0), x); // NaN stays NaN
    return Activation.tanh(x);
  }

  /**
   * x·Φ(x) with Φ(x) = ½(1 + erf(x/√2)). erf is a rational function on [-4, 4], beyond which it is 1 in a float: the
   * coefficients are those of Eigen's generic_fast_erf_float, absolute error below 4e-7.
   */
  @inline static gelu(x: v128): v128 {
    const four = f32x4.splat(4);
    const t = f32x4.pmin(f32x4.pmax(f32x4.mul(x, f32x4.splat(0.70710678)), f32x4.neg(four)), four);
    const s = f32x4.mul(t, t);
    let p = Fused.add(f32x4.splat(-2.72614225801306e-10), s, f32x4.splat(2.77068142495902e-8));
    p = Fused.add(p, s, f32x4.splat(-2.10102402082508e-6));
    p = Fused.add(p, s, f32x4.splat(-5.69250639462346e-5));
    p = Fused.add(p, s, f32x4.splat(-7.34990630326855e-4));
    p = Fused.add(p, s, f32x4.splat(-2.95459980854025e-3));
    p = Fused.add(p, s, f32x4.splat(-1.609603326175e-2));
    let q = Fused.add(f32x4.splat(-1.45660718464996e-5), s, f32x4.splat(-2.13374055278905e-4));
    q = Fused.add(q, s, f32x4.splat(-1.68282697438203e-3));
    q = Fused.add(q, s, f32x4.splat(-7.37332916720468e-3));
    q = Fused.add(q, s, f32x4.splat(-1.42647390514189e-2));
    const half = f32x4.mul(x, f32x4.splat(0.5));
    return Fused.add(half, f32x4.div(f32x4.mul(t, p), q), half);
  }

  /** ½x(1 + tanh(√(2/π)(x + 0.044715x³))) */
  @inline static geluTanh(x: v128): v128 {
    const xx = f32x4.mul(x, x);
    const inner = f32x4.mul(x, Fused.add(xx, f32x4.splat(0.0356774081), f32x4.splat(0.7978845608)));
    const half = f32x4.mul(x, f32x4.splat(0.5));
    return Fused.add(half, Activation.tanh(inner), half);
  }

  /** (e^2x - 1) / (e^2x + 1); the error near 0 is that of 1 less a number close to it, 1e-7. */
  @inline static tanh(x: v128): v128 {
    const one = f32x4.splat(1);
    const e = Exponential.of(f32x4.add(x, x));
    return f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
  }
}
