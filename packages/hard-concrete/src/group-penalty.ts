import type { GateSums } from '@diffprune/kernels';
import type { GateAt } from './gate-at.ts';
import { HardConcreteError } from './options.ts';

/**
 * What of structured gates has a price: each gate by itself, Σ P_i + Σ P_g (Guo et al., released code), or the expected
 * number of nonzeros, Σ P_g P_i (section 3.3 of the paper), whose gradient by a group's log-odds is the sum over all of
 * its elements, so that groups close at once.
 */
export type GroupPenalty = 'sum' | 'product';

/**
 * The price of an element's opening, the factor before ΣP(α_i) in the loss: `penalty` of the kernels.
 *
 * @param lambda λ ≥ 0: the loss has λ times the penalty
 * @param group of the elements, from `gateAt`; undefined where there are no groups
 * @throws HardConcreteError if λ is out of range
 */
export function elementPrice(
  lambda: number,
  group: Pick<GateAt, 'probability'> | undefined,
  groupPenalty: GroupPenalty = 'sum',
): number {
  if (!(lambda >= 0 && Number.isFinite(lambda))) {
    throw new HardConcreteError(`lambda is ${lambda}, expected a number from 0`);
  }
  return groupPenalty === 'product' ? lambda * (group?.probability ?? 1) : lambda;
}

/**
 * The gradient of loss + λ·penalty by a group's log-odds α_g: ∂L/∂z_g·∂z_g/∂α_g + λ·∂P_g/∂α_g, the latter times
 * Σ P(α_i) where the penalty is a product.
 *
 * @param sums of the group's elements, from `gateGradients` of @diffprune/kernels
 * @param group the group's gate, from `gateAt`
 */
export function groupAlphaGradient(
  sums: GateSums,
  group: GateAt,
  lambda: number,
  groupPenalty: GroupPenalty = 'sum',
): number {
  const price = groupPenalty === 'product' ? lambda * sums.expectedNonzeros : lambda;
  return sums.groupGradient * group.derivative + price * group.probabilityDerivative;
}
