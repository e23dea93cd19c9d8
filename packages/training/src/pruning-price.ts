import { logOdds, steer } from './density-controller.ts';
import type { Measured, State } from './learner.ts';
import type { Measure } from './method.ts';
import { alongPruning, type PruningSteps } from './pruning-schedule.ts';
import type { Controller } from './stage.ts';

/** What steps of pruning report. */
export const remainingMeasure: Measure = {
  name: 'remaining',
  title: 'remaining',
  kind: 'fraction',
  path: 'pathRemaining',
  heading: 'Remaining weights',
};

/** As well, where a penalty prunes. @param name of the option that λ is given by */
export function penaltyMeasure(name: string): Measure {
  return { name, title: 'λ', kind: 'magnitude', heading: 'λ, the price of a weight' };
}

/** Fractions are taken as within these bounds: their log-odds are to be finite. */
const [least, most] = [1e-5, 1 - 1e-3];

/** What decides on the price of a weight. */
export interface PricedPruning {
  /** The option that λ is given by: what is reported is named after it. */
  readonly name: string;
  /** λ where it is given. */
  readonly given: number | undefined;
  /** Whether a given λ rises from 0 as the pruning goes on; it is the same for all steps if not. */
  readonly rises: boolean;
  /** λ₀, what a steered λ begins with. */
  readonly initial: number;
  /** What is to be left; undefined only where λ is given. */
  readonly remaining: number | undefined;
  readonly steps: PruningSteps;
}

/**
 * λ, the price of a weight that is left: as it is given, or steered, as {@link DensityController} does it, so that the
 * fraction that is left falls from 1 to `remaining` by the cubic law. Where that law begins and ends, a steered λ is 0: the
 * mask is fixed then.
 */
export class PruningPrice implements Controller {
  /** I, and λ of the next step. */
  readonly #steering = Float32Array.of(0, 0);
  readonly state: State = new Map([['pruning-price', this.#steering]]);
  /** v. */
  readonly #remaining: ((step: number) => number) | undefined;
  readonly #given: ((step: number) => number) | undefined;

  constructor(readonly options: PricedPruning) {
    const { given, rises, remaining, steps } = options;
    if (given !== undefined) this.#given = rises ? alongPruning(0, given, steps) : () => given;
    else if (remaining !== undefined) this.#remaining = alongPruning(1, remaining, steps);
    this.#steering[1] = this.#given?.(0) ?? 0;
  }

  /** λ of the next step. */
  get lambda(): number {
    return this.#steering[1]!;
  }

  observe(step: number, _loss: number, { remaining: found }: Measured): Measured {
    const { name, initial, steps } = this.options;
    const wanted = this.#remaining?.(step);
    const report = { [name]: this.lambda, ...(wanted !== undefined && { pathRemaining: wanted }) };
    const next = step + 1;
    if (wanted === undefined) this.#steering[1] = this.#given!(next);
    else if (next >= steps.first && next < steps.end) {
      const error = bounded(found!) - bounded(wanted);
      steer(this.#steering, error, { penalty: initial, steps: steps.end - steps.first });
    } else this.#steering[1] = 0;
    return report;
  }
}

/** Log-odds of a fraction within bounds. */
function bounded(fraction: number): number {
  return logOdds(Math.min(most, Math.max(least, fraction)));
}
