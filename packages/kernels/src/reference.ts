/**
 * The kernels' twins in plain double precision, from the formulas as the papers write them (logits and logarithms
 * where the kernels use e^α): what the tests compare the kernels with.
 */
import type { AdamWStep } from './adamw.ts';
import type { GateSums, PenalisedGateDraw } from './gate.ts';
import type { Masking, MaskSums } from './mask.ts';
import { uniformAt } from './random.ts';
import type { Cut } from './selection.ts';

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

/** Whether a cut keeps a score (or magnitude) at an index. */
export function isKept(score: number, index: number, { threshold, tieEnd }: Cut): boolean {
  return score > threshold || (score === threshold && index < tieEnd);
}

/** The straight-through gradients of weights and scores, with their sums; without scores weights go by magnitude. */
export function referenceMaskGradients(
  arrays: Readonly<Record<'gradient' | 'weight', ArrayLike<number>>> & { readonly score?: ArrayLike<number> },
  { cut, weightGradient, penalty = 0 }: Masking,
): { weight: Float64Array; score: Float64Array; sums: MaskSums } {
  const { gradient, weight, score } = arrays;
  const dWeight = new Float64Array(weight.length);
  const dScore = new Float64Array(weight.length);
  const sums = { squaredNormWeight: 0, squaredNormScore: 0, expectedOpen: 0, kept: 0 };
  for (let i = 0; i < weight.length; i++) {
    const kept = isKept(score?.[i] ?? Math.abs(weight[i]!), i, cut);
    const open = score === undefined || penalty === 0 ? 0 : sigmoid(score[i]!);
    dWeight[i] = kept || weightGradient === 'straight-through' ? gradient[i]! : 0;
    dScore[i] = score === undefined ? 0 : gradient[i]! * weight[i]! + penalty * open * (1 - open);
    sums.squaredNormWeight += dWeight[i]! ** 2;
    sums.squaredNormScore += dScore[i]! ** 2;
    sums.expectedOpen += open;
    sums.kept += kept ? 1 : 0;
  }
  return { weight: dWeight, score: dScore, sums };
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
