/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2), bias correction folded into two numbers:
 * p ← keep·p - rate·m / (√v + epsilon), keep = 1 - lr·decay, rate = lr·√(1 - β2^t) / (1 - β1^t),
 * epsilon = ε·√(1 - β2^t).
 */
import { Fused } from './fused';

export class AdamW {
  @inline static mean(m: v128, gradient: v128, beta1: v128, rest1: v128): v128 {
    return Fused.add(m, beta1, f32x4.mul(gradient, rest1));
  }

  @inline static square(v: v128, gradient: v128, beta2: v128, rest2: v128): v128 {
    return Fused.add(v, beta2, f32x4.mul(f32x4.mul(gradient, gradient), rest2));
  }

  /** The new parameter. */
  @inline static step(
    parameter: v128,
    mean: v128,
    square: v128,
    rate: v128,
    epsilon: v128,
    keep: v128,
  ): v128 {
    const move = f32x4.div(f32x4.mul(mean, rate), f32x4.add(f32x4.sqrt(square), epsilon));
    return f32x4.sub(f32x4.mul(parameter, keep), move);
  }

  /** One step over so many bytes of each array. */
  @inline static loop(
    parameter: usize,
    gradient: usize,
    m: usize,
    v: usize,
    bytes: usize,
    beta1: v128,
    rest1: v128,
    beta2: v128,
    rest2: v128,
    rate: v128,
    epsilon: v128,
    keep: v128,
  ): void {
    let at: usize = 0;
    do {
      const g = v128.load(gradient + at);
      const mean = AdamW.mean(v128.load(m + at), g, beta1, rest1);
      const square = AdamW.square(v128.load(v + at), g, beta2, rest2);
      v128.store(m + at, mean);
      v128.store(v + at, square);
      v128.store(parameter + at, AdamW.step(v128.load(parameter + at), mean, square, rate, epsilon, keep));
      at += 16;
    } while (at < bytes);
  }

  /** The same where the gradient is 0. */
  @inline static coast(
    parameter: usize,
    m: usize,
    v: usize,
    bytes: usize,
    beta1: v128,
    beta2: v128,
    rate: v128,
    epsilon: v128,
    keep: v128,
  ): void {
    let at: usize = 0;
    do {
      const mean = f32x4.mul(v128.load(m + at), beta1);
      const square = f32x4.mul(v128.load(v + at), beta2);
      v128.store(m + at, mean);
      v128.store(v + at, square);
      v128.store(parameter + at, AdamW.step(v128.load(parameter + at), mean, square, rate, epsilon, keep));
      at += 16;
    } while (at < bytes);
  }
}

/** One step for count elements, a multiple of 4; the gradient is multiplied by `scale` first. */
export function adamw(
  parameter: usize,
  gradient: usize,
  m: usize,
  v: usize,
  count: u32,
  scale: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  rate: f32,
  epsilon: f32,
  keep: f32,
): void {
  AdamW.loop(
    parameter,
    gradient,
    m,
    v,
    (<usize>count) << 2,
    f32x4.splat(beta1),
    f32x4.splat(rest1 * scale),
    f32x4.splat(beta2),
    f32x4.splat(rest2 * scale * scale),
    f32x4.splat(rate),
    f32x4.splat(epsilon),
    f32x4.splat(keep),
  );
}
