import { adamw, squaredNorm } from '@diffprune/kernels';
import type { TrainedParameter } from './parameter-memory.ts';

/** AdamW's constants (Kingma & Ba 2015; the ε of Hugging Face's AdamW, which the paper's code uses). */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Parameters that are trained as they are, entry for entry, with AdamW: the head, or θ in fine-tuning. */
export class DenseParameters {
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly #trained: readonly (TrainedParameter & { m: Float32Array; v: Float32Array })[];

  /**
   * Takes two arrays of each parameter, for AdamW's moments.
   *
   * @param weightDecay applied where the parameter's `decay` says so
   */
  constructor(
    parameters: readonly TrainedParameter[],
    readonly weightDecay: number,
  ) {
    this.#trained = parameters.map((parameter) => {
      return { ...parameter, m: parameter.allocate(), v: parameter.allocate() };
    });
    this.weights = new Map(parameters.map(({ spec, weights }) => [spec.name, weights]));
    this.gradients = new Map(parameters.map(({ spec, gradient }) => [spec.name, gradient]));
    this.state = new Map(
      this.#trained.flatMap(({ spec: { name }, weights, m, v }) => [
        [name, weights],
        [`${name}/m`, m],
        [`${name}/v`, v],
      ]),
    );
  }

  /** Forgets the optimiser's moments, as a new stage begins. */
  reset(): void {
    for (const { m, v } of this.#trained) {
      m.fill(0);
      v.fill(0);
    }
  }

  squaredGradientNorm(): number {
    return this.#trained.reduce((sum, { gradient }) => sum + squaredNorm(gradient), 0);
  }

  /**
   * @param step counted from 0, for the bias correction
   * @param scale factor on the gradient, from clipping
   */
  update(step: number, learningRate: number, scale: number): void {
    for (const { spec, weights, gradient, m, v } of this.#trained) {
      const weightDecay = spec.decay ? this.weightDecay : 0;
      adamw(
        { parameter: weights, gradient, m, v },
        { ...adam, step: step + 1, learningRate, weightDecay, scale },
      );
    }
  }
}
