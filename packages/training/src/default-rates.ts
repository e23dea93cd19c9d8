import type { RunSize } from './options.ts';

/** Peak learning rates for a base of d parameters, where nothing else is said. */
export type RateLaw = (size: Pick<RunSize, 'parameters'>) => number;

/**
 * Fine-tuning has a power of d, through 1e-5 for BERT-large's 340 million: 2e-5 for BERT-base, 7e-5 at 23 million, 5e-4
 * at 1.5 million.
 */
export const fineTuningRate: RateLaw = ({ parameters }) => 1e-5 * (340e6 / parameters) ** 0.72;

/**
 * A diff whose entries get a gradient only as far as their gates are open takes more in between than fine-tuning, and no
 * more than 5e-4: 1e-5 for BERT-large, 5e-5, 3e-4, 5e-4.
 */
export const gatedRate: RateLaw = ({ parameters }) => 5e-4 / (1 + (parameters / 29e6) ** 1.6);

/** A multiple of a law. */
export function times(factor: number, law: RateLaw): RateLaw {
  return (size) => factor * law(size);
}
