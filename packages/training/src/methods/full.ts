/**
 * Full fine-tuning, what every other method is compared with (Devlin et al. 2019, section 4; Guo et al., section 4.2):
 *
 *     min_θ' L(f(·; θ')),  θ' from θ
 *
 * The diff is θ' itself, all d entries.
 */
import { fineTuningRate } from '../default-rates.ts';
import { learningRate } from '../fixed-mask-options.ts';
import { DenseParameters } from '../learners/dense-parameters.ts';
import type { Method } from '../method.ts';
import { weightGroup } from '../optimiser.ts';

const options = { learningRate: learningRate(fineTuningRate) };

export const full: Method<typeof options> = {
  name: 'full',
  title: 'Full fine-tuning',
  source: 'Devlin, Chang, Lee & Toutanova 2019, section 4',
  options,
  sparse: false,
  stages: ({ epochs }) => [{ name: 'fine-tuning', epochs }],
  async *run(lab, o) {
    const { trained, head } = await lab.load(() => DenseParameters.arrays);
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
