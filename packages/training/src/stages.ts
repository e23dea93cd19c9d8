import type { BertConfig } from '@diffprune/bert';
import { DenseParameters } from './dense-parameters.ts';
import { DiffPruning } from './diff-pruning.ts';
import { FineTuning } from './fine-tuning.ts';
import { FixedMask } from './fixed-mask.ts';
import type { Method } from './methods.ts';
import type { Model } from './model.ts';
import type { TrainingOptions } from './options.ts';
import { withBase, withGradient, type DiffParameter } from './parameter-memory.ts';
import { project, type SparseDelta } from './projection.ts';
import type { Reparameterization } from './reparameterization.ts';

export type StageName = 'l0-training' | 'fine-tuning' | 'fixed-mask';

/** A stretch of training with a schedule and an optimiser of its own. */
export interface Stage {
  readonly name: StageName;
  readonly epochs: number;
  readonly reparameterization: Reparameterization;
}

/**
 * The stages of a method over a model: L0 training or fine-tuning, then, for a pruning method, the projection and
 * fixed-mask fine-tuning (Guo et al., section 3.2).
 */
export class Stages {
  readonly #diffed: readonly DiffParameter[];
  readonly #head: DenseParameters;
  readonly #first: Stage & { readonly deltas?: () => { name: string; data: Float32Array }[] };

  constructor(
    model: Model,
    config: BertConfig,
    readonly method: Method,
    readonly options: TrainingOptions,
  ) {
    const { epochs, weightDecay } = options;
    const head = model.head.map(withGradient);
    const trained = model.base.filter(({ spec }) => method.trains(spec, config));
    this.#diffed = method.pruned ? trained.map(withBase) : [];
    this.#head = new DenseParameters(head, weightDecay);
    if (method.gates !== undefined) {
      const gated = new DiffPruning(this.#diffed, this.#head, method.gates === 'structured', options);
      this.#first = { name: 'l0-training', epochs, reparameterization: gated, deltas: () => gated.deltas() };
    } else {
      const dense = method.pruned ? this.#diffed : trained.map(withGradient);
      const tuned = new FineTuning([new DenseParameters(dense, weightDecay), this.#head], options);
      const deltas = method.pruned ? { deltas: () => differences(this.#diffed) } : {};
      this.#first = { name: 'fine-tuning', epochs, reparameterization: tuned, ...deltas };
    }
  }

  get first(): Stage {
    return this.#first;
  }

  /** δ of the first stage, cut down to the target density; nothing for a method that does not prune. */
  project(): SparseDelta | undefined {
    return this.#first.deltas && project(this.#first.deltas(), this.options.density);
  }

  /** The stage after the projection. */
  async fixedMask(delta: SparseDelta): Promise<Stage & { readonly reparameterization: FixedMask }> {
    this.#head.reset();
    const reparameterization = await FixedMask.create(this.#diffed, delta, this.#head, this.options);
    return { name: 'fixed-mask', epochs: this.options.fixedMaskEpochs, reparameterization };
  }
}

/** δ = θ' - θ of plainly fine-tuned parameters; overwrites their gradients. */
function differences(parameters: readonly DiffParameter[]): { name: string; data: Float32Array }[] {
  return parameters.map(({ spec, weights, base, gradient }) => {
    for (let i = 0; i < gradient.length; i++) gradient[i] = weights[i]! - base[i]!;
    return { name: spec.name, data: gradient };
  });
}
