import type {
  GateDistribution,
  GateStep,
  GateSums,
  GateTable,
  Key,
  NextGate,
  PenalisedGateCall,
  Rows,
} from '@diffprune/kernels';
import { gate, gateGradients, gateRowSums, gateUpdate } from '@diffprune/kernels';
import type { GateAt } from './gate-at.ts';
import {
  completeOptions,
  halfOpen,
  HardConcreteError,
  type GroupPenalty,
  type HardConcreteOptions,
} from './options.ts';

type Arrays<Name extends string> = Readonly<Record<Name, Float32Array>>;

/** Several arrays to be worked on, which is quicker at once than one by one, each with what to do. */
type Calls<Of, Settings extends readonly unknown[]> = readonly (readonly [arrays: Of, ...Settings])[];

/** The gate over a whole array: `gateAt` of its group gives one. */
export type GroupGate = Pick<GateAt, 'gate' | 'probability'>;

const ungrouped: GroupGate = { gate: 1, probability: 1 };

/** What gates are drawn with. */
export interface DrawCall {
  /** Left undefined, the gates are the deterministic ones. */
  readonly key: Key | undefined;
  /** The group's gate, 1 if not given. */
  readonly groupGate?: number | undefined;
  /** Where the arrays are a table of which some rows are read: those are active, the others left as they are. */
  readonly rows?: Rows | undefined;
}

/** What a gradient is taken with: the draw of the forward pass, λ, and the group's gate if there are groups. */
export interface GradientCall {
  readonly key: Key;
  /** λ ≥ 0: the loss has λ times the penalty. */
  readonly lambda: number;
  readonly group?: GroupGate | undefined;
  /** What the penalty is where there are groups: `sum` if not given. */
  readonly groupPenalty?: GroupPenalty | undefined;
  /** As for `apply`; rows that are not active are left out. */
  readonly rows?: Rows | undefined;
}

/**
 * AdamW of w and of α; of a table, with the λ and the group that its gradients were taken with; else with what `apply`
 * would write after it.
 */
export type UpdateStep = Omit<GateStep, 'next' | 'table'> & {
  readonly next?: Omit<NextGate, 'distribution'> | undefined;
  readonly table?: (GateTable & Pick<GradientCall, 'lambda' | 'group' | 'groupPenalty'>) | undefined;
};

/**
 * Gates over flat arrays of any length, in one pass each, with no memory of their own: the same values and gradients
 * as `sample` and `expectedL0`, with u from the key's stream as `noiseAt` gives it. α counts as within [-60, 60]. All
 * arrays of a call have one length and belong to one Slab of @diffprune/kernels; where they do not, its KernelError
 * says which.
 */
export class FlatGates {
  readonly #distribution: GateDistribution;

  /** @throws HardConcreteError if an option is out of range */
  constructor(options: Partial<HardConcreteOptions> = {}) {
    const complete = completeOptions(options);
    this.#distribution = {
      low: complete.l,
      span: complete.r - complete.l,
      openOdds: Math.exp(halfOpen(complete)),
      inverseTemperature: 1 / complete.temperature,
    };
  }

  /** out = base + z_g·z(u, α)·w for each call; without base, out = z_g·z·w. `out` may be `base`. */
  apply(
    calls: Calls<Arrays<'out' | 'w' | 'alpha'> & { readonly base?: Float32Array }, [call: DrawCall]>,
  ): void {
    const distribution = this.#distribution;
    gate(
      calls.map(([arrays, { key, groupGate = 1, rows }]) => [arrays, { distribution, groupGate, key, rows }]),
    );
  }

  /**
   * For each call, from the gradient of the loss by what `apply` computed with the same key and group, the gradients of
   * w, written over it, and of α, penalty included, written to `alphaGradient`; rows that are not active are left out:
   * `rowSums` has what they add.
   *
   * @returns of each call the squared norms of both, the gradient of the group's gate (for `groupAlphaGradient`), and
   *   Σ P(α_i)
   * @throws HardConcreteError if λ is out of range
   */
  gradients(
    calls: Calls<Arrays<'gradient' | 'alphaGradient' | 'w' | 'alpha'>, [call: GradientCall]>,
  ): GateSums[] {
    return gateGradients(calls.map(([arrays, call]) => [arrays, this.#penalised(call)]));
  }

  /** Writes a table's `rowSums`, but of skipped rows, as `update` does for the α that it writes. */
  rowSums(alpha: Float32Array, table: GateTable): void {
    gateRowSums(alpha, table, this.#distribution);
  }

  /**
   * AdamW of w and of α from what `gradients` wrote: writes w, alpha and their moments (mW, vW, mAlpha, vAlpha), and
   * the `rowSums` of a table. With `next`, also what `apply` would write then; its `out` may be `alphaGradient`.
   *
   * @throws KernelError if one of a step's numbers is out of range
   */
  update(
    calls: Calls<
      Arrays<'gradient' | 'alphaGradient' | 'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha'>,
      [step: UpdateStep]
    >,
  ): void {
    const distribution = this.#distribution;
    gateUpdate(
      calls.map(([arrays, { w, alpha, next, table }]) => [
        arrays,
        {
          ...{ w, alpha, next: next && { ...next, distribution } },
          table: table && { ...table, distribution, penalty: elementPrice(table) },
        },
      ]),
    );
  }

  #penalised(call: GradientCall): PenalisedGateCall {
    const { key, group = ungrouped, rows } = call;
    const distribution = this.#distribution;
    return { distribution, groupGate: group.gate, key, rows, penalty: elementPrice(call) };
  }
}

/**
 * The price of an element's opening, the factor before ΣP(α_i) in the loss.
 *
 * @throws HardConcreteError if λ is out of range
 */
export function elementPrice({
  lambda,
  group = ungrouped,
  groupPenalty,
}: Pick<GradientCall, 'lambda' | 'group' | 'groupPenalty'>): number {
  if (!(lambda >= 0 && Number.isFinite(lambda))) {
    throw new HardConcreteError(`lambda is ${lambda}, expected a number from 0`);
  }
  return groupPenalty === 'product' ? lambda * group.probability : lambda;
}

/**
 * The gradient of loss + λ·penalty by a group's log-odds α_g: ∂L/∂z_g·∂z_g/∂α_g + λ·∂P_g/∂α_g, the latter times
 * Σ P(α_i) where the penalty is a product.
 *
 * @param sums of the group's elements, from `FlatGates.gradients`
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
