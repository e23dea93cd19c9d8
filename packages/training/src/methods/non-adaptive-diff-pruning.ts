/**
 * Non-adaptive diff pruning (Guo et al., section 4.2), which learns no mask:
 *
 *     θ' = argmin L(f(·; θ'))                          usual fine-tuning
 *     δ  = θ' - θ, its ⌊density · d⌋ largest entries   magnitude pruning, over all parameters at once
 *     min_δ L(f(·; θ + δ)), at these entries           further fine-tuning
 */
import { fixedMaskRate, fineTuningRate } from '../default-rates.ts';
import { warnOfZeros } from '../diagnosis.ts';
import { fixedMaskEpochs, moreOnSmallTasks } from '../epochs.ts';
import { fixedMaskOptions, learningRate } from '../fixed-mask-options.ts';
import { DenseParameters } from '../learners/dense-parameters.ts';
import { FixedMask } from '../learners/fixed-mask.ts';
import type { Method } from '../method.ts';
import { weightGroup } from '../optimiser.ts';
import { withBase } from '../parameter-memory.ts';
import { differences, project } from '../projection.ts';

const options = {
  learningRate: learningRate(fineTuningRate),
  fixedMaskEpochs: fixedMaskEpochs(moreOnSmallTasks),
  ...fixedMaskOptions(fixedMaskRate),
};

export const nonAdaptiveDiffPruning: Method<typeof options> = {
  name: 'non-adaptive-diff-pruning',
  title: 'Non-adaptive diff pruning',
  source: 'Guo, Rush & Kim 2021, section 4.2',
  options,
  sparse: true,
  stages: ({ epochs, fixedMaskEpochs }) => [
    { name: 'fine-tuning', epochs },
    { name: 'fixed-mask', epochs: fixedMaskEpochs },
  ],
  async *run(lab, o) {
    const { trained, head } = await lab.load(() => DenseParameters.arrays + 1);
    const parameters = trained.map(withBase);
    const theta = new DenseParameters(parameters);
    yield* lab.stage('fine-tuning', {
      learners: [theta, head],
      groups: { weights: weightGroup(o.learningRate, o) },
    });

    const delta = yield* lab.projection(() => ({
      delta: project(differences(parameters), o.density, undefined, lab.baseSize),
    }));

    const masked = await FixedMask.create(parameters, delta);
    head.reset();
    return yield* lab.lastStage(
      'fixed-mask',
      {
        learners: [head, masked],
        groups: { weights: weightGroup(o.fixedMaskLearningRate, o) },
      },
      () => [...masked.diff(), ...head.diff()],
    );
  },
  diagnose: ({ projection }) => warnOfZeros(projection, 'lower `density`, or train longer'),
};
