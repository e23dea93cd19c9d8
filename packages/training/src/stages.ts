import type { EncoderConfig } from '@diffprune/bert';
import { DenseParameters } from './dense-parameters.ts';
import { DiffPruning } from './diff-pruning.ts';
import { FineTuning } from './fine-tuning.ts';
import { FixedMask } from './fixed-mask.ts';
import { GroupGates } from './group-gates.ts';
import type { Method } from './methods.ts';
import type { Model } from './model.ts';
import type { ResolvedOptions } from './options.ts';
import { withBase, withGradient, type DiffParameter } from './parameter-memory.ts';
import type { PenalisedStage } from './penalty.ts';
import { project, type PerEntry, type SparseDelta } from './projection.ts';
import type { Reparameterization } from './reparameterization.ts';
import type { StageName } from './run-stage.ts';

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
  private constructor(
    readonly first: Stage,
    private readonly projection: (() => SparseDelta) | undefined,
    private readonly diffed: readonly DiffParameter[],
    private readonly head: DenseParameters,
    private readonly options: ResolvedOptions,
  ) {}

  static async create(
    model: Model,
    config: EncoderConfig,
    method: Method,
    options: ResolvedOptions,
    stage: Pick<PenalisedStage, 'steps' | 'constantLoss'>,
  ): Promise<Stages> {
    const { epochs, weightDecay } = options;
    const head = new DenseParameters(model.head.map(withGradient), weightDecay);
    const trained = model.base.filter(({ spec }) => method.trains(spec, config));
    const diffed = method.pruned ? trained.map(withBase) : [];
    if (method.gates === undefined) {
      const dense = new DenseParameters(method.pruned ? diffed : trained.map(withGradient), weightDecay);
      const reparameterization = new FineTuning([dense, head], options);
      const projection = method.pruned ? () => project(differences(diffed), options.density) : undefined;
      return new Stages(
        { name: 'fine-tuning', epochs, reparameterization },
        projection,
        diffed,
        head,
        options,
      );
    }
    const groups =
      method.gates === 'structured' ? await GroupGates.create(diffed.length, options) : undefined;
    const reparameterization = new DiffPruning(diffed, groups, head, options, stage);
    const projection = () => {
      return project(reparameterization.deltas(), options.density, () => reparameterization.ranks());
    };
    return new Stages({ name: 'l0-training', epochs, reparameterization }, projection, diffed, head, options);
  }

  /** E‖δ‖₀ / d at the end of L0 training; undefined without gates. */
  get expectedDensity(): number | undefined {
    const { reparameterization } = this.first;
    return reparameterization instanceof DiffPruning ? reparameterization.expectedDensity : undefined;
  }

  /** δ of the first stage, cut down to the target density; nothing for a method that does not prune. */
  project(): SparseDelta | undefined {
    return this.projection?.();
  }

  /** The stage after the projection. */
  async fixedMask(delta: SparseDelta): Promise<Stage & { readonly reparameterization: FixedMask }> {
    this.head.reset();
    const reparameterization = await FixedMask.create(this.diffed, delta, this.head, this.options);
    return { name: 'fixed-mask', epochs: this.options.fixedMaskEpochs, reparameterization };
  }
}

/** δ = θ' - θ of plainly fine-tuned parameters; overwrites their gradients. */
function differences(parameters: readonly DiffParameter[]): PerEntry {
  return parameters.map(({ spec, weights, base, gradient }) => {
    for (let i = 0; i < gradient.length; i++) gradient[i] = weights[i]! - base[i]!;
    return { name: spec.name, data: gradient };
  });
}
