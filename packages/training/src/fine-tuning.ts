import type { DenseParameters } from './dense-parameters.ts';
import type { ResolvedOptions } from './options.ts';
import type { Reparameterization, UpdateReport } from './reparameterization.ts';
import { clipFactor } from './schedule.ts';

/**
 * Ordinary fine-tuning: θ' itself is learnt, for all parameters (full), or for the last layers and the head alone;
 * the others keep the base's values and get no gradient.
 */
export class FineTuning implements Reparameterization {
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly dense: ReadonlyMap<string, Float32Array>;
  readonly state: ReadonlyMap<string, Float32Array>;

  constructor(
    readonly trained: readonly DenseParameters[],
    readonly options: Pick<ResolvedOptions, 'learningRate' | 'maxGradientNorm'>,
  ) {
    this.gradients = new Map(trained.flatMap(({ gradients }) => [...gradients]));
    this.dense = new Map(trained.flatMap(({ weights }) => [...weights]));
    this.state = new Map(trained.flatMap(({ state }) => [...state]));
  }

  /** θ' is what is learnt: there is nothing to write. */
  materialize(): void {}

  settle(): void {}

  update(step: number, rate: number): UpdateReport {
    const squared = this.trained.reduce((sum, dense) => sum + dense.squaredGradientNorm(), 0);
    const gradientNorm = Math.sqrt(squared);
    const scale = clipFactor(gradientNorm, this.options.maxGradientNorm);
    for (const dense of this.trained) dense.update(step, this.options.learningRate * rate, scale);
    return { gradientNorm };
  }
}
