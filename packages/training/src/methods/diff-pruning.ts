/**
 * Diff pruning (Guo, Rush & Kim 2021, section 3). A task's parameters are the pretrained ones and a diff,
 *
 *     θ_τ = θ + δ_τ,    min_δ  L(f(·; θ + δ)) + λ ‖δ‖₀
 *
 * The L0 norm is relaxed (section 3.1): each entry has a gate z_i of its own, a hard-concrete variable with log-odds α_i,
 *
 *     δ = z ⊙ w                                  w from 0
 *     u ~ U(0, 1)
 *     s = σ(log u - log(1 - u) + α)              α from 5
 *     z = min(1, max(0, s · (r - l) + l))        l = -1.5, r = 1.5
 *     E‖δ‖₀ = Σ_i σ(α_i - log(-l / r))
 *     min_{α, w}  E_u[L(f(·; θ + z ⊙ w))] + λ E‖δ‖₀
 *
 * Then δ is sampled, projected onto the L0 ball by its magnitude, and fine-tuned where it was kept (section 3.2):
 *
 *     δ̂ = the ⌊density · d⌋ entries of largest |z_i w_i|
 *     min_δ̂  L(f(·; θ + δ̂))
 */
import {
  halfOpen,
  probabilityAt,
  type GroupPenalty,
  type HardConcreteOptions,
} from '@diffprune/hard-concrete';
import type { DiffTensor } from '@diffprune/sparse-diff';
import { fineTuningRate, fixedMaskRate } from '../default-rates.ts';
import { warnOfEarlyClosing, warnOfZeros } from '../diagnosis.ts';
import { firstEpochs, fixedMaskEpochs, moreOnSmallTasks } from '../epochs.ts';
import { fixedMaskOptions, learningRate } from '../fixed-mask-options.ts';
import type { Lab, TrainingEvent } from '../lab.ts';
import { FixedMask } from '../learners/fixed-mask.ts';
import { GatedDiff } from '../learners/gated-diff.ts';
import type { Method, OptionsOf } from '../method.ts';
import { weightGroup, type ParameterGroup } from '../optimiser.ts';
import { finite, interval, nonNegative, positive } from '../options.ts';
import { withBase } from '../parameter-memory.ts';
import { createPenalty, gateMeasures } from '../penalty.ts';
import { project } from '../projection.ts';

export const l0PenaltyHelp =
  'λ, the price of an expected nonzero; Guo et al. have 1.25e-7 for BERT-large, Sanh et al. 1.5e-6 for BERT-base';

export const options = {
  learningRate: learningRate(fineTuningRate),
  epochs: firstEpochs(moreOnSmallTasks),
  fixedMaskEpochs: fixedMaskEpochs({ default: 3 }),
  ...fixedMaskOptions(fixedMaskRate),
  alphaLearningRate: positive({
    shown: 'by the length of the stage; 0.1 with `l0Penalty`',
    argument: 'rate',
    help: "peak rate of the gates' log-odds",
  }),
  l0Penalty: nonNegative({
    shown: 'steered, so that gates close down to ten times `density`, 5% at least',
    argument: 'lambda',
    help: l0PenaltyHelp,
  }),
  initialLogOdds: finite({ default: 5, argument: 'alpha', help: 'log-odds that gates start with' }),
  stretch: interval('two numbers l < 0 and r > 1', (l, r) => l < 0 && r > 1, {
    default: [-1.5, 1.5],
    argument: 'l,r',
    help: "the gates' interval",
  }),
};

/**
 * AdamW's ε for α. The penalty's gradient is as small as λ, to 1e-12 on a large base: with the usual 1e-8 it would be ε
 * that decides how gates move.
 */
const alphaEpsilon = 1e-12;

/** @param groupPenalty for gates of groups as well, see `structured-diff-pruning.ts` */
export async function* pruneDiff(
  lab: Lab,
  o: OptionsOf<typeof options>,
  groupPenalty?: GroupPenalty,
): AsyncGenerator<TrainingEvent, DiffTensor[]> {
  const { trained, head } = await lab.load(() => GatedDiff.arrays);
  const parameters = trained.map(withBase);

  // section 3.1: a gate for each entry, and a price for its being open
  const [l, r] = o.stretch;
  const shape: HardConcreteOptions = { l, r, temperature: 1 };
  const open = probabilityAt(o.initialLogOdds, shape);
  const penalty = createPenalty(o, {
    steps: lab.steps('l0-training'),
    constantLoss: lab.objective.constantLoss,
    entries: trained.reduce((sum, { size }) => sum + size, 0),
    startDensity: groupPenalty === undefined ? open : open ** 2,
    halfOpen: halfOpen(shape),
  });
  const { initialLogOdds, seed, maxGradientNorm } = o;
  const gated = await GatedDiff.create(parameters, {
    shape,
    initialLogOdds,
    seed,
    groupPenalty,
    price: penalty,
  });
  const alpha: ParameterGroup = {
    maxGradientNorm,
    weightDecay: 0,
    epsilon: alphaEpsilon,
    rate: (step) => penalty.alphaStep(step),
  };
  yield* lab.stage('l0-training', {
    learners: [head, gated],
    groups: { weights: weightGroup(o.learningRate, o, (step) => penalty.weightFactor(step)), alpha },
    controller: penalty,
  });

  // section 3.2: projection onto the L0 ball, and fine-tuning with the mask fixed
  const delta = yield* lab.projection(() => ({
    delta: project(gated.sample(), o.density, () => gated.ranks(), lab.baseSize),
    measured: { expectedDensity: gated.expectedDensity },
    gates: gated.histogram(),
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
}

export const diffPruning: Method<typeof options> = {
  name: 'diff-pruning',
  title: 'Diff pruning',
  source: 'Guo, Rush & Kim 2021, sections 3.1 and 3.2',
  options,
  sparse: true,
  measures: gateMeasures,
  stages: ({ epochs, fixedMaskEpochs }) => [
    { name: 'l0-training', epochs },
    { name: 'fixed-mask', epochs: fixedMaskEpochs },
  ],
  run: (lab, o) => pruneDiff(lab, o),
  diagnose: (course) => [
    ...warnOfZeros(
      course.projection,
      'train longer or at a higher `learningRate`; with `l0Penalty`, lower it or `alphaLearningRate`',
    ),
    ...warnOfEarlyClosing(course, 'l0-training'),
  ],
};
