import { KernelError } from './errors.ts';
import type { Numbers } from './struct.ts';
import { kernelCall, type Rows } from './piece.ts';
import { overVectors } from './vectors.ts';

/** One step of AdamW. */
export interface AdamWStep {
  /** Which step it is, from 1: the bias correction goes by it. */
  readonly step: number;
  readonly learningRate: number;
  /** Decay rates of the first and second moment, in [0, 1). */
  readonly beta1: number;
  readonly beta2: number;
  /** Added to the root of the second moment, above 0. */
  readonly epsilon: number;
  /** Decoupled: the parameter is multiplied by 1 - learningRate · weightDecay. */
  readonly weightDecay: number;
  /** The gradient is multiplied by it first: what clipping its norm asks for, else 1. */
  readonly scale: number;
}

/**
 * A step as the kernels take it: p ← keep·p - rate·m / (√v + epsilon), with the bias correction of both moments in rate
 * and epsilon.
 *
 * @throws KernelError if an option is out of range
 */
export function kernelStep(kernel: string, options: AdamWStep): Numbers<'AdamWStep'> {
  const { step, learningRate, beta1, beta2, epsilon, weightDecay, scale } = options;
  const expect = (name: string, value: number, ok: boolean, range: string) => {
    if (!ok) throw new KernelError(`${kernel}: ${name} is ${value}, expected ${range}`);
  };
  expect('step', step, Number.isSafeInteger(step) && step >= 1, 'a whole number from 1');
  expect('beta1', beta1, beta1 >= 0 && beta1 < 1, '0 ≤ beta1 < 1');
  expect('beta2', beta2, beta2 >= 0 && beta2 < 1, '0 ≤ beta2 < 1');
  expect('epsilon', epsilon, epsilon > 0 && Number.isFinite(epsilon), 'a number above 0');
  for (const name of ['learningRate', 'weightDecay', 'scale'] as const) {
    expect(name, options[name], options[name] >= 0 && Number.isFinite(options[name]), 'a number from 0');
  }
  const root2 = Math.sqrt(1 - beta2 ** step);
  return {
    scale,
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    rate: (learningRate * root2) / (1 - beta1 ** step),
    epsilon: epsilon * root2,
    keep: 1 - learningRate * weightDecay,
  };
}

/**
 * One step of AdamW (Loshchilov and Hutter 2019, algorithm 2, as PyTorch's) in one pass: writes parameter, m and v.
 *
 * @param arrays the parameter, its gradient and its two moments (0 before the first step): one length, one slab
 * @param rows where they are a table of which the batch reads some rows: those that coast move by their moments, as with
 *   a gradient of 0, skipped ones are left as they are
 * @throws KernelError if the arrays are not so, or an option is out of range
 */
export function adamw(
  arrays: Readonly<Record<'parameter' | 'gradient' | 'm' | 'v', Float32Array>>,
  options: AdamWStep,
  rows?: Rows,
): void {
  const { parameter, gradient, m, v } = arrays;
  overVectors([
    kernelCall({
      name: 'adamw',
      kernels: [{ kernel: 'adamw', numbers: { step: kernelStep('adamw', options) } }],
      arrays: { parameter, gradient, m, v },
      written: ['parameter', 'm', 'v'],
      rows,
      whole: ['gradient'],
    }),
  ]);
}
