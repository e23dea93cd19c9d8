import { type Key, uniformAt } from '@diffprune/kernels';
import { completeOptions, halfOpen, type HardConcreteOptions } from './options.ts';

/** The gates' uniform numbers stay this far from 0 and 1, as in the diff-pruning authors' code. */
const NOISE_MARGIN = 1e-4;

/** One gate, in numbers. */
export interface GateAt {
  /** z in [0, 1], and ∂z/∂α. */
  readonly gate: number;
  readonly derivative: number;
  /** P(z > 0), and ∂P/∂α. */
  readonly probability: number;
  readonly probabilityDerivative: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The gates' uniform number `index` of a stream, clamped to [1e-4, 1 - 1e-4]: what the kernels of @diffprune/kernels draw there. */
export function noiseAt(key: Key, index: number): number {
  return Math.min(Math.max(uniformAt(key, index), NOISE_MARGIN), 1 - NOISE_MARGIN);
}

/**
 * `probabilityNonzero` of one gate as a plain number, in double precision.
 *
 * @param alpha log-odds
 */
export function probabilityAt(alpha: number, options: HardConcreteOptions): number {
  return sigmoid(alpha - halfOpen(options));
}

/**
 * One gate as plain numbers, for the scalar gates of groups: `sample` (`deterministicGate` where u is undefined) and
 * `probabilityNonzero`, with their derivatives, in double precision.
 *
 * @param alpha log-odds
 * @param u in (0, 1)
 * @throws HardConcreteError if an option is out of range
 */
export function gateAt(
  alpha: number,
  u: number | undefined,
  options: Partial<HardConcreteOptions> = {},
): GateAt {
  const complete = completeOptions(options);
  const { l, r } = complete;
  const temperature = u === undefined ? 1 : complete.temperature;
  const logit = (u === undefined ? alpha : Math.log(u) - Math.log1p(-u) + alpha) / temperature;
  const s = sigmoid(logit);
  const stretched = s * (r - l) + l;
  const inside = stretched >= 0 && stretched <= 1;
  const distance = alpha - halfOpen(complete);
  return {
    gate: Math.min(1, Math.max(0, stretched)),
    derivative: inside ? ((r - l) / temperature) * s * sigmoid(-logit) : 0,
    probability: sigmoid(distance),
    probabilityDerivative: sigmoid(distance) * sigmoid(-distance),
  };
}
