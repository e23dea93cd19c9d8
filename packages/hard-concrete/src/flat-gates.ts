import type {
  GateDistribution,
  GateStep,
  GateSums,
  Key,
  NextGate,
  PenalisedGateCall,
  Rows,
} from '@diffprune/kernels';
import { gate, gateGradients, gateUpdate } from '@diffprune/kernels';
import type { GateAt } from './gate-at.ts';
import { completeOptions, halfOpen, HardConcreteError, type HardConcreteOptions } from './options.ts';

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
  /** λ ≥ 0: the loss has λ times the expected L0. */
  readonly lambda: number;
  readonly group?: GroupGate | undefined;
  /** As for `apply`; the gradient of rows that are not active is 0, and not read. */
  readonly rows?: Rows | undefined;
}

/** AdamW of w and of α, and what `apply` would write after it, for all rows. */
export type UpdateStep = Omit<GateStep, 'next'> & {
  readonly next?: Omit<NextGate, 'distribution'> | undefined;
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
   * w, written over it, and of α, penalty included, written to `alphaGradient`. Rows that are not active have no
   * gradient of w; nothing is written there.
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

  /**
   * AdamW of w and of α from what `gradients` wrote: writes w, alpha and their moments (mW, vW, mAlpha, vAlpha). With
   * `next`, also what `apply` would write then; its `out` may be `alphaGradient`.
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
      calls.map(([arrays, { next, ...step }]) => [
        arrays,
        { ...step, next: next && { ...next, distribution } },
      ]),
    );
  }

  #penalised({ key, lambda, group = ungrouped, rows }: GradientCall): PenalisedGateCall {
    if (!(lambda >= 0 && Number.isFinite(lambda))) {
      throw new HardConcreteError(`lambda is ${lambda}, expected a number from 0`);
    }
    return {
      distribution: this.#distribution,
      groupGate: group.gate,
      key,
      rows,
      penalty: lambda * group.probability,
    };
  }
}

/**
 * The gradient of loss + λ·(expected L0) by a group's log-odds α_g: ∂L/∂z_g·∂z_g/∂α_g + λ·∂P_g/∂α_g·Σ P(α_i).
 *
 * @param sums of the group's elements, from `FlatGates.gradients`
 * @param group the group's gate, from `gateAt`
 */
export function groupAlphaGradient(sums: GateSums, group: GateAt, lambda: number): number {
  return sums.groupGradient * group.derivative + lambda * sums.expectedNonzeros * group.probabilityDerivative;
}
