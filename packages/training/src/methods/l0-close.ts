/**
 * L0-close fine-tuning (Radiya-Dixit & Wang 2020, section 3.3): full fine-tuning of what is not excluded,
 *
 *     min_θ' L(f(·; θ')),  θ'_i = θ_i where i is of an excluded part
 *
 * so that θ' shares the excluded part's entries with θ, and ‖θ' - θ‖₀ is at most what is left. The paper excludes key
 * projections, the last two encoder layers and word embeddings, each alone and all together (table 3).
 */
import { fineTuningRate } from '../default-rates.ts';
import { allParts, excludeOption, isExcluded } from '../exclude.ts';
import { learningRate } from '../fixed-mask-options.ts';
import { DenseParameters } from '../learners/dense-parameters.ts';
import type { Method } from '../method.ts';
import { weightGroup } from '../optimiser.ts';

const options = { learningRate: learningRate(fineTuningRate), exclude: excludeOption(allParts) };

export const l0Close: Method<typeof options> = {
  name: 'l0-close',
  title: 'L0-close fine-tuning',
  source: 'Radiya-Dixit & Wang 2020, section 3.3',
  options,
  sparse: false,
  stages: ({ epochs }) => [{ name: 'fine-tuning', epochs }],
  async *run(lab, o) {
    const { trained, head } = await lab.load((spec) =>
      isExcluded(spec, lab.run.config, o.exclude) ? 0 : DenseParameters.arrays,
    );
    const theta = new DenseParameters(trained);
    return yield* lab.lastStage(
      'fine-tuning',
      {
        learners: [theta, head],
        groups: { weights: weightGroup(o.learningRate, o) },
      },
      () => [...theta.diff(), ...head.diff()],
    );
  },
};
