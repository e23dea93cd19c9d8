/**
 * The kernels' twins in plain double precision, from the formulas as the papers write them (logits and logarithms
 * where the kernels use e^α): what the tests compare the kernels with.
 */
import type { AdamWStep } from './adamw.ts';
import type { GateSums, PenalisedGateDraw } from './gate.ts';
import { uniformAt } from './random.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Gate, its derivative by α, and P with its derivative, at one α and u (undefined: the deterministic gate). */
export function referenceGate(
  alpha: number,
  u: number | undefined,
  { low, span, openOdds, inverseTemperature }: PenalisedGateDraw['distribution'],
): { z: number; dz: number; p: number; dp: number } {
  const clamped = u === undefined ? undefined : Math.min(Math.max(u, 1e-4), 1 - 1e-4);
  const logit =
    clamped === undefined ? alpha : (Math.log(clamped / (1 - clamped)) + alpha) * inverseTemperature;
  const s = sigmoid(logit);
  const stretched = s * span + low;
  const p = sigmoid(alpha - Math.log(openOdds));
  return {
    z: Math.min(1, Math.max(0, stretched)),
    dz: stretched >= 0 && stretched <= 1 ? span * inverseTemperature * s * sigmoid(-logit) : 0,
    p,
    dp: p * sigmoid(Math.log(openOdds) - alpha),
  };
}

/** The gradients of w and α. */
export function referenceGradients(
  gradient: ArrayLike<number>,
  w: ArrayLike<number>,
  alpha: ArrayLike<number>,
  { key, groupGate = 1, distribution, penalty }: PenalisedGateDraw,
): { dW: Float64Array; dAlpha: Float64Array; sums: GateSums } {
  const dW = new Float64Array(w.length);
  const dAlpha = new Float64Array(w.length);
  const sums = { squaredNormW: 0, squaredNormAlpha: 0, groupGradient: 0, expectedNonzeros: 0 };
  for (let i = 0; i < w.length; i++) {
    const { z, dz, p, dp } = referenceGate(alpha[i]!, uniformAt(key, i), distribution);
    dW[i] = gradient[i]! * groupGate * z;
    dAlpha[i] = gradient[i]! * w[i]! * groupGate * dz + penalty * dp;
    sums.squaredNormW += dW[i]! ** 2;
    sums.squaredNormAlpha += dAlpha[i]! ** 2;
    sums.groupGradient += gradient[i]! * z * w[i]!;
    sums.expectedNonzeros += p;
  }
  return { dW, dAlpha, sums };
}

/** One step of AdamW on number arrays, written as in the paper: bias-corrected moments, then the update. */
export function referenceAdamw(
  arrays: Record<'parameter' | 'm' | 'v', Float64Array> & { gradient: ArrayLike<number> },
  { step, learningRate, beta1, beta2, epsilon, weightDecay, scale }: AdamWStep,
): void {
  const { parameter, gradient, m, v } = arrays;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]! * scale;
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    const mHat = m[i]! / (1 - beta1 ** step);
    const vHat = v[i]! / (1 - beta2 ** step);
    parameter[i]! -= learningRate * (mHat / (Math.sqrt(vHat) + epsilon) + weightDecay * parameter[i]!);
  }
}
