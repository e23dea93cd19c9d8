/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2), bias correction folded into two numbers:
 * p ← keep·p - rate·m / (√v + epsilon), keep = 1 - lr·decay, rate = lr·√(1 - β2^t) / (1 - β1^t),
 * epsilon = ε·√(1 - β2^t). The gradient is multiplied by `scale` first.
 */
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Range } from './range';
import { ACTIVE, COASTING, Rows } from './rows';

@unmanaged
export class AdamWStep {
  scale: f32;
  beta1: f32;
  /** 1 - β1. */
  rest1: f32;
  beta2: f32;
  rest2: f32;
  rate: f32;
  epsilon: f32;
  keep: f32;
}

export class AdamW {
  /** The new parameter. */
  @inline private static moved(
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
    step: AdamWStep,
  ): void {
    const beta1 = f32x4.splat(step.beta1);
    const rest1 = f32x4.splat(step.rest1 * step.scale);
    const beta2 = f32x4.splat(step.beta2);
    const rest2 = f32x4.splat(step.rest2 * step.scale * step.scale);
    const rate = f32x4.splat(step.rate);
    const epsilon = f32x4.splat(step.epsilon);
    const keep = f32x4.splat(step.keep);
    let at: usize = 0;
    do {
      const g = v128.load(gradient + at);
      const mean = Fused.add(v128.load(m + at), beta1, f32x4.mul(g, rest1));
      const square = Fused.add(v128.load(v + at), beta2, f32x4.mul(f32x4.mul(g, g), rest2));
      v128.store(m + at, mean);
      v128.store(v + at, square);
      v128.store(parameter + at, AdamW.moved(v128.load(parameter + at), mean, square, rate, epsilon, keep));
      at += 16;
    } while (at < bytes);
  }

  /** The same where the gradient is 0. */
  @inline static coast(parameter: usize, m: usize, v: usize, bytes: usize, step: AdamWStep): void {
    const beta1 = f32x4.splat(step.beta1);
    const beta2 = f32x4.splat(step.beta2);
    const rate = f32x4.splat(step.rate);
    const epsilon = f32x4.splat(step.epsilon);
    const keep = f32x4.splat(step.keep);
    let at: usize = 0;
    do {
      const mean = f32x4.mul(v128.load(m + at), beta1);
      const square = f32x4.mul(v128.load(v + at), beta2);
      v128.store(m + at, mean);
      v128.store(v + at, square);
      v128.store(parameter + at, AdamW.moved(v128.load(parameter + at), mean, square, rate, epsilon, keep));
      at += 16;
    } while (at < bytes);
  }
}

@unmanaged
export class AdamWCall extends Range {
  parameter: usize;
  gradient: usize;
  m: usize;
  v: usize;
  step: AdamWStep;
}

/** One step; with rows, of those that are active or coast. The gradient is then given whole. */
export function adamw(call: AdamWCall): void {
  const parameter = call.parameter;
  const gradient = call.gradient;
  const m = call.m;
  const v = call.v;
  const step = call.step;
  const bytes = call.bytes;
  let rows = call.rows;
  if (rows == 0) {
    AdamW.loop(parameter, gradient, m, v, bytes, step);
    return;
  }
  const rowBytes = call.rowBytes;
  let order = call.order;
  for (let at: usize = 0; at < bytes; at += rowBytes) {
    const state = Rows.state(rows);
    if (state == ACTIVE) {
      const from = (<usize>Rows.index(order, call.width)) << 2;
      AdamW.loop(parameter + at, gradient + from, m + at, v + at, rowBytes, step);
    } else if (state == COASTING) {
      AdamW.coast(parameter + at, m + at, v + at, rowBytes, step);
    }
    rows = Rows.next(rows);
    order += 4;
  }
}
