import type { AdamWStep } from '@diffprune/kernels';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { Backward, Learner, State } from '../learner.ts';
import type { TrainedParameter } from '../parameter-memory.ts';
import { AdamWArray } from './adamw-array.ts';

/** Parameters that are learnt as they are, entry for entry: the head, or θ' itself in fine-tuning. */
export class DenseParameters implements Learner {
  /** Arrays that a parameter takes beside its weights: the gradient and AdamW's moments. */
  static readonly arrays = 3;

  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly state: State;
  readonly #arrays: readonly AdamWArray[];

  /** @param parameters two more arrays of each are taken */
  constructor(readonly parameters: readonly TrainedParameter[]) {
    this.#arrays = parameters.map(({ spec, weights, gradient, allocate }) => {
      return new AdamWArray(weights, gradient, allocate, spec.decay);
    });
    this.gradients = new Map(parameters.map(({ spec, gradient }) => [spec.name, gradient]));
    this.state = new Map(this.#arrays.flatMap((array, i) => array.state(parameters[i]!.spec.name)));
  }

  /** θ' is what is learnt: there is nothing to write. */
  forward(): void {}

  backward(): Backward {
    const squares = this.#arrays.map((array) => array.squaredGradientNorm());
    return { squaredNorms: { weights: squares.reduce((sum, square) => sum + square, 0) } };
  }

  update(_step: number, { weights }: Readonly<Record<string, AdamWStep>>): void {
    for (const array of this.#arrays) array.update(weights!);
  }

  /** Forgets the optimiser's moments, as a new stage begins. */
  reset(): void {
    for (const array of this.#arrays) array.reset();
  }

  /** The parameters whole, in their own memory. */
  diff(): DiffTensor[] {
    return this.parameters.map(({ spec: { name, shape }, weights }) => {
      return { name, shape, operation: 'replace-dense', positions: new Uint32Array(), values: weights };
    });
  }
}
