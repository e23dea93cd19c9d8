import type { Measured, State } from './learner.ts';
import type { Controller } from './stage.ts';

/**
 * λ of λ Σ σ(S), a pull down on all scores: so many times the root mean square of ∂L/∂S at the step before.
 */
export class ScorePull implements Controller {
  readonly #lambda = Float32Array.of(0);
  readonly state: State = new Map([['score-pull', this.#lambda]]);

  /**
   * @param pull 0 for none
   * @param scores how many there are
   */
  constructor(
    readonly pull: number,
    readonly scores: number,
  ) {}

  /** λ of the next step. */
  get lambda(): number {
    return this.#lambda[0]!;
  }

  observe(_step: number, _loss: number, { scoresGradientNorm }: Measured): Measured {
    const report = { scorePenalty: this.lambda };
    this.#lambda[0] = (this.pull * scoresGradientNorm!) / Math.sqrt(this.scores);
    return report;
  }
}
