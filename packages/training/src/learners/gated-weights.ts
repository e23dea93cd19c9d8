import { gateDistribution, type HardConcreteOptions } from '@diffprune/hard-concrete';
import {
  gate,
  gateGradients,
  gateUpdate,
  streamKey,
  streamOf,
  type AdamWStep,
  type Cut,
  type GateDistribution,
  type Key,
} from '@diffprune/kernels';
import { isKept, thresholdCut } from '@diffprune/score-masking';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { Backward, Draw, State } from '../learner.ts';
import { positionsKept } from '../mask-selection.ts';
import type { TrainedParameter } from '../parameter-memory.ts';
import type { PruningLearner } from '../pruned-weights.ts';

/** What gates are made with, and when they are decided. */
export interface WeightGateOptions {
  readonly shape: HardConcreteOptions;
  readonly initialLogOdds: number;
  readonly seed: number;
  /** λ, read at each backward pass. */
  readonly price: { readonly lambda: number };
  /** The step before which it is decided which gates are open for good. */
  readonly decision: number;
  /** Which gates these are, by their log-odds. */
  decide(alphas: readonly Float32Array[]): readonly Cut[];
}

type Name = 'w' | 'alpha' | 'mW' | 'vW' | 'mAlpha' | 'vAlpha';

interface Gated {
  readonly parameter: TrainedParameter;
  readonly arrays: Readonly<Record<Name, Float32Array>>;
}

/** Log-odds of a gate that is decided: z is 1 or 0 whatever u is drawn, and has no gradient. */
const decided = 20;

/**
 * Weights that each have a gate, θ' = z ⊙ W (Louizos et al. 2018): W and the log-odds α of the stretched hard-concrete
 * gates z are learnt, in the groups `weights` and `alpha`; α's gradient has that of λ times the expected number of
 * nonzeros in it. Once gates are decided, z is folded into W, α is ±20 and is to be held.
 */
export class GatedWeights implements PruningLearner {
  /** Arrays that a parameter takes beside its weights: gradient, W, α and two moments of each. */
  static readonly arrays = 7;

  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly state: State;
  readonly #distribution: GateDistribution;
  readonly #gated: readonly Gated[];
  readonly #weights: number;
  /** The step whose θ' the last update has written already. */
  #written: number | undefined;

  /** @param parameters seven arrays of each are taken */
  constructor(
    parameters: readonly TrainedParameter[],
    readonly options: WeightGateOptions,
  ) {
    this.#distribution = gateDistribution(options.shape);
    this.#weights = parameters.reduce((sum, { size }) => sum + size, 0);
    this.#gated = parameters.map((parameter): Gated => {
      const allocate = (): Float32Array => parameter.allocate().fill(0);
      const [w, alpha] = [allocate(), allocate().fill(options.initialLogOdds)];
      w.set(parameter.weights);
      const moments = { mW: allocate(), vW: allocate(), mAlpha: allocate(), vAlpha: allocate() };
      return { parameter, arrays: { w, alpha, ...moments } };
    });
    this.gradients = new Map(parameters.map(({ spec, gradient }) => [spec.name, gradient]));
    this.state = new Map(
      this.#gated.flatMap(({ parameter, arrays }) =>
        Object.entries(arrays).map(([name, array]) => [`${parameter.spec.name}/${name}`, array] as const),
      ),
    );
  }

  /** Without a draw, with the deterministic gates (Louizos et al. 2018, equation 13). */
  forward(draw?: Draw): void {
    const written = this.#written;
    this.#written = undefined;
    if (draw !== undefined && draw.step === written) return;
    gate(
      this.#gated.map(({ parameter, arrays: { w, alpha } }) => [
        { out: parameter.weights, w, alpha },
        { distribution: this.#distribution, key: draw && this.#key(parameter, draw.step) },
      ]),
    );
  }

  backward(step: number): Backward {
    const penalty = this.options.price.lambda;
    const sums = gateGradients(
      this.#gated.map(({ parameter, arrays: { w, alpha } }) => [
        // nobody reads θ' before the next gate
        { gradient: parameter.gradient, alphaGradient: parameter.weights, w, alpha },
        { distribution: this.#distribution, key: this.#key(parameter, step), penalty },
      ]),
    );
    let [weights, alpha, open] = [0, 0, 0];
    for (const { squaredNormW, squaredNormAlpha, expectedNonzeros } of sums) {
      weights += squaredNormW;
      alpha += squaredNormAlpha;
      open += expectedNonzeros;
    }
    return { squaredNorms: { weights, alpha }, measured: { remaining: open / this.#weights } };
  }

  update(step: number, { weights, alpha }: Readonly<Record<string, AdamWStep>>): void {
    gateUpdate(
      this.#gated.map(({ parameter, arrays }) => [
        { gradient: parameter.gradient, alphaGradient: parameter.weights, ...arrays },
        {
          w: parameter.spec.decay ? weights! : { ...weights!, weightDecay: 0 },
          alpha: alpha!,
          next: {
            out: parameter.weights,
            distribution: this.#distribution,
            key: this.#key(parameter, step + 1),
          },
        },
      ]),
    );
    this.#written = step + 1;
    if (step + 1 === this.options.decision) this.#decide();
  }

  diff(): DiffTensor[] {
    return this.#gated.map(({ parameter: { spec }, arrays: { w, alpha } }) => {
      const positions = positionsKept(alpha, thresholdCut(0));
      const values = Float32Array.from(positions, (position) => w[position]!);
      return { name: spec.name, shape: spec.shape, operation: 'replace-sparse', positions, values };
    });
  }

  #decide(): void {
    this.forward();
    const cuts = this.options.decide(this.#gated.map(({ arrays }) => arrays.alpha));
    this.#gated.forEach(({ parameter, arrays: { w, alpha } }, at) => {
      const cut = cuts[at]!;
      w.set(parameter.weights);
      for (let i = 0; i < alpha.length; i++) {
        alpha[i] = isKept(alpha[i]!, i, cut) ? decided : -decided;
      }
    });
  }

  #key({ index }: TrainedParameter, step: number): Key {
    return streamKey(this.options.seed, step, streamOf('elementGates', index));
  }
}
