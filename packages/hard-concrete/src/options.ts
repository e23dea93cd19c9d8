import type { GateDistribution } from '@diffprune/kernels';

/** A number that no hard-concrete distribution can have. */
export class HardConcreteError extends Error {
  override readonly name = 'HardConcreteError';
}

/** The shape of a stretched hard-concrete distribution. */
export interface HardConcreteOptions {
  /** Stretch limits: s in (0, 1) is stretched to (l, r) before it is clamped to [0, 1]; l < 0 and r > 1. */
  readonly l: number;
  readonly r: number;
  /** Above 0; the lower, the closer s is to 0 or 1 (β in Louizos et al., b in movement pruning's L0 variant). */
  readonly temperature: number;
}

/** Diff pruning's: l = -1.5, r = 1.5 (Guo et al. 2021, appendix), temperature 1 (its formulas have none). */
export const diffPruningOptions: HardConcreteOptions = { l: -1.5, r: 1.5, temperature: 1 };

/**
 * The options, completed with diff pruning's.
 *
 * @throws HardConcreteError if l is not below 0, r not above 1, the temperature not above 0, or one not finite
 */
export function completeOptions(options: Partial<HardConcreteOptions>): HardConcreteOptions {
  const complete = { ...diffPruningOptions, ...options };
  const expect = (name: keyof HardConcreteOptions, ok: boolean, range: string) => {
    if (!ok || !Number.isFinite(complete[name])) {
      throw new HardConcreteError(`${name} is ${complete[name]}, expected ${range}`);
    }
  };
  expect('l', complete.l < 0, 'a number below 0');
  expect('r', complete.r > 1, 'a number above 1');
  expect('temperature', complete.temperature > 0, 'a number above 0');
  return complete;
}

/** temperature · log(-l / r): the log-odds at which a gate is open with probability ½. */
export function halfOpen({ l, r, temperature }: HardConcreteOptions): number {
  return temperature * Math.log(-l / r);
}

/**
 * The distribution as the gate kernels of @diffprune/kernels take it.
 *
 * @throws HardConcreteError if an option is out of range
 */
export function gateDistribution(options: Partial<HardConcreteOptions> = {}): GateDistribution {
  const complete = completeOptions(options);
  return {
    low: complete.l,
    span: complete.r - complete.l,
    openOdds: Math.exp(halfOpen(complete)),
    inverseTemperature: 1 / complete.temperature,
  };
}
