import type { MethodName } from '@diffprune/training';
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { sizes, type SizeName } from './shapes.ts';

/**
 * A process that takes training steps of a size by a method.
 *
 * @param steps of a round; of several the first is not counted
 */
export function stepper(
  size: SizeName,
  method: MethodName,
  threads: number,
  { steps = 1, lengths = [sizes[size].length] }: { steps?: number; lengths?: readonly number[] } = {},
): Child {
  return Child.module('stepper.ts', [size, method, String(threads), lengths.join(','), String(steps)]);
}

/** What PyTorch computes in: `bf16` is autocast, with weights and optimiser in fp32. */
export type Precision = 'fp32' | 'bf16';

/** The same in PyTorch. @param python an interpreter that has torch */
export function torchStepper(
  python: string,
  size: SizeName,
  method: MethodName,
  threads: number,
  precision: Precision,
): Child {
  const { config, batch, length } = sizes[size];
  const script = fileURLToPath(new URL('../torch_baseline.py', import.meta.url));
  const numbers = [config.numHiddenLayers, config.hiddenSize, config.vocabSize, batch, length];
  return Child.program(python, [script, ...numbers.map(String), method, String(threads), precision]);
}

/** A process that times the matrix products of a step. */
export function productTimer(size: SizeName, threads: number): Child {
  return Child.module('product-timer.ts', [size, String(threads)]);
}
