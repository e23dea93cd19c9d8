import {
  mask,
  maskGradients,
  maskUpdate,
  type AdamWStep,
  type Cut,
  type MaskedArrays,
  type Masking,
} from '@diffprune/kernels';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { Backward, State } from '../learner.ts';
import { positionsKept, type Selection } from '../mask-selection.ts';
import type { TrainedParameter } from '../parameter-memory.ts';
import type { PruningLearner } from '../pruned-weights.ts';

/** What decides which weights are kept: a score that is learnt for each, or their own magnitudes. */
export type ScoreKind = 'learnt' | 'magnitude';

/**
 * What becomes of weights that are masked: `kept`, their gradient is that of M ⊙ W, so that the optimiser's moments alone
 * still move them; `updated`, theirs is ∂L/∂θ' as if they were not masked; `zero`, they go to 0, from where no magnitude
 * brings them back: of magnitudes alone.
 */
export type MaskedFate = 'kept' | 'updated' | 'zero';

/** How weights are masked. */
export interface MaskingOptions {
  readonly scores: ScoreKind;
  readonly masked: MaskedFate;
  /** λ, the price of Σ σ(S), read at each backward pass; none if not given. */
  readonly price?: { readonly lambda: number } | undefined;
  /** Decides by S, or W, which weights are kept at a step. */
  readonly select: Selection;
}

interface MaskedParameter {
  readonly parameter: TrainedParameter;
  /** Its gradient, W and, where they are learnt, S, with the moments of both. */
  readonly arrays: MaskedArrays;
}

/**
 * Weights with a binary mask, θ' = M ⊙ W, that are learnt with the scores S which decide on it: `weights` and `scores` are
 * the groups. The mask is constant within a step, and the gradient passes it straight through (Sanh et al. 2020, equation
 * 2): ∂L/∂S = ∂L/∂θ' ⊙ W, whether a weight is masked or not.
 */
export class MaskedWeights implements PruningLearner {
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly state: State;
  readonly #masked: readonly MaskedParameter[];
  /** The cuts that the next forward pass masks by, as a checkpoint keeps them. */
  readonly #thresholds: Float32Array;
  readonly #tieEnds: Uint32Array;
  readonly #weights: number;

  /** @param parameters as many arrays of each are taken as {@link arrays} says */
  constructor(
    parameters: readonly TrainedParameter[],
    readonly options: MaskingOptions,
  ) {
    this.#masked = parameters.map((parameter) => maskedParameter(parameter, options.scores));
    this.#weights = parameters.reduce((sum, { size }) => sum + size, 0);
    this.#thresholds = new Float32Array(parameters.length);
    this.#tieEnds = new Uint32Array(parameters.length);
    this.gradients = new Map(parameters.map(({ spec, gradient }) => [spec.name, gradient]));
    this.state = new Map<string, Float32Array | Uint32Array>([
      ...this.#masked.flatMap(({ parameter, arrays: { gradient: _, ...learnt } }) =>
        Object.entries<Float32Array | undefined>(learnt).flatMap(([name, array]): [string, Float32Array][] =>
          array === undefined ? [] : [[`${parameter.spec.name}/${name}`, array]],
        ),
      ),
      ['mask-thresholds', this.#thresholds],
      ['mask-tie-ends', this.#tieEnds],
    ]);
    this.#select(0);
  }

  /** Arrays that a parameter takes beside its weights θ': gradient, W and S, two moments of each. */
  static arrays(scores: ScoreKind): number {
    return scores === 'learnt' ? 7 : 4;
  }

  forward(): void {
    mask(
      this.#masked.map(({ parameter, arrays: { weight, score } }, i) => [
        { out: parameter.weights, weight, score },
        this.#cut(i),
      ]),
    );
  }

  backward(): Backward {
    const sums = maskGradients(this.#masked.map(({ arrays }, i) => [arrays, this.#masking(i)]));
    const total = (of: (sum: (typeof sums)[number]) => number): number =>
      sums.reduce((all, sum) => all + of(sum), 0);
    const weights = total(({ squaredNormWeight }) => squaredNormWeight);
    const scores = total(({ squaredNormScore }) => squaredNormScore);
    return {
      squaredNorms: this.options.scores === 'learnt' ? { weights, scores } : { weights },
      measured: { remaining: total(({ kept }) => kept) / this.#weights },
    };
  }

  update(step: number, { weights, scores }: Readonly<Record<string, AdamWStep>>): void {
    maskUpdate(
      this.#masked.map(({ parameter: { spec }, arrays }, i) => [
        arrays,
        {
          ...this.#masking(i),
          weight: spec.decay ? weights! : { ...weights!, weightDecay: 0 },
          score: scores,
          zeroed: this.options.masked === 'zero',
        },
      ]),
    );
    this.#select(step + 1);
  }

  diff(): DiffTensor[] {
    return this.#masked.map(({ parameter: { spec }, arrays: { weight, score } }, i) => {
      const positions = positionsKept(
        score ?? weight,
        this.#cut(i),
        score === undefined ? 'magnitude' : 'value',
      );
      const values = Float32Array.from(positions, (position) => weight[position]!);
      return { name: spec.name, shape: spec.shape, operation: 'replace-sparse', positions, values };
    });
  }

  #cut(index: number): Cut {
    return { threshold: this.#thresholds[index]!, tieEnd: this.#tieEnds[index]! };
  }

  #masking(index: number): Masking {
    const { masked, price } = this.options;
    const weightGradient = masked === 'updated' ? 'straight-through' : 'masked';
    return { cut: this.#cut(index), weightGradient, penalty: price?.lambda };
  }

  #select(step: number): void {
    const scores = this.#masked.map(({ arrays: { weight, score } }) => score ?? weight);
    this.options.select(scores, step).forEach(({ threshold, tieEnd }, i) => {
      this.#thresholds[i] = threshold;
      this.#tieEnds[i] = tieEnd;
    });
  }
}

function maskedParameter(parameter: TrainedParameter, kind: ScoreKind): MaskedParameter {
  // written at once: a page that is first read, by a step, costs ten times as much when it is written
  const allocate = (): Float32Array => parameter.allocate().fill(0);
  const weight = parameter.allocate();
  weight.set(parameter.weights);
  const arrays = { gradient: parameter.gradient, weight, mWeight: allocate(), vWeight: allocate() };
  if (kind === 'magnitude') return { parameter, arrays };
  return { parameter, arrays: { ...arrays, score: allocate(), mScore: allocate(), vScore: allocate() } };
}
