/**
 * Soft movement pruning (Sanh, Wolf & Rush 2020, section 4). As in movement pruning each weight of the encoder's matrices
 * has a score S that is learnt with it, but a threshold τ decides, and a penalty has scores fall below it:
 *
 *     θ' = M ⊙ W                                           W from θ
 *     M = 1(σ(S) > τ)                                      S from 0; 1 everywhere before t_i
 *     min_{W, S}  L(f(·; θ')) + λ Σ σ(S)
 *     ∂L/∂S = ∂L/∂θ' ⊙ W + λ σ(S) (1 - σ(S))               straight through the threshold, masked or not
 *     ∂L/∂W = ∂L/∂θ' ⊙ M
 *
 * What λ leaves nobody knows before. Unless it is given, it is steered so that the fraction of the weights above the
 * threshold follows the schedule of equation 5,
 *
 *     v(t) = v_f + (1 - v_f) (1 - (t - t_i) / (T - t_f - t_i))³       1 before t_i, v_f from T - t_f on
 *
 * and from T - t_f on the mask is fixed, at the ⌊v_f · n⌋ greatest scores of all matrices together. A λ that is given rises
 * with that schedule, λ (1 - v(t)) / (1 - v_f), as in the authors' code (where 400 is the factor of the mean of σ(S), which
 * are 4.7e-6 for each of BERT-base's 85 million weights). The mask is fixed then only if `remaining` is given as well.
 *
 * Biases, LayerNorm, the pooler and the head are trained without a mask, embeddings are frozen.
 */
import { MaskedWeights } from '../learners/masked-weights.ts';
import { warnOfRemaining } from '../diagnosis.ts';
import { thresholdSelection } from '../mask-selection.ts';
import type { Method } from '../method.ts';
import { weightGroup, type ParameterGroup } from '../optimiser.ts';
import { fractionBelowOne, nonNegative, positive } from '../options.ts';
import { loadPruned } from '../pruned-weights.ts';
import { pruningOptions, remainingUnless } from '../pruning-options.ts';
import { penaltyMeasure, PruningPrice, remainingMeasure } from '../pruning-price.ts';
import { pruningSteps } from '../pruning-schedule.ts';

const options = {
  ...pruningOptions,
  scorePenalty: nonNegative({
    shown: 'steered, so that what is above the threshold falls to `remaining`',
    argument: 'lambda',
    help: 'λ, the price of σ(score); Sanh et al. have 4.7e-6 for BERT-base',
  }),
  remaining: remainingUnless('scorePenalty'),
  threshold: fractionBelowOne({
    default: 0.1,
    argument: 'tau',
    help: 'weights are kept where σ(score) is above it',
  }),
  scoreLearningRate: positive({
    shown: 'by the length of the stage; 0.01 with `scorePenalty`',
    argument: 'rate',
    help: 'peak rate of the scores',
  }),
};

/** Σ of the scores' rates over a stage where λ is steered: the way that they could fall, times what to the threshold. */
const scoreTravel = 30;

export const softMovementPruning: Method<typeof options> = {
  name: 'soft-movement-pruning',
  title: 'Soft movement pruning',
  source: 'Sanh, Wolf & Rush 2020, section 4',
  options,
  sparse: true,
  measures: [remainingMeasure, penaltyMeasure('scorePenalty')],
  diagnose: (course) => warnOfRemaining(course, 'scoreLearningRate', 'scorePenalty'),
  stages: ({ epochs }) => [{ name: 'pruning', epochs }],
  async *run(lab, o) {
    const model = await loadPruned(lab, MaskedWeights.arrays('learnt'));
    const total = lab.steps('pruning');
    const steps = pruningSteps(o, total);
    const price = new PruningPrice({
      name: 'scorePenalty',
      given: o.scorePenalty,
      rises: true,
      initial: 0.05 / Math.sqrt(model.weights),
      remaining: o.remaining,
      steps,
    });
    const weights = new MaskedWeights(model.masked, {
      scores: 'learnt',
      masked: 'kept',
      price,
      select: thresholdSelection(o, steps),
    });
    const steered = o.scorePenalty === undefined;
    const { maxGradientNorm, scoreLearningRate = steered ? scoreTravel / total : 1e-2 } = o;
    const learns = weightGroup(scoreLearningRate, { maxGradientNorm, weightDecay: 0 });
    const scores: ParameterGroup = {
      ...learns,
      rate: (step) => (o.remaining !== undefined && step >= steps.end ? undefined : learns.rate(step)),
    };
    return yield* lab.lastStage(
      'pruning',
      {
        learners: [weights, ...model.whole],
        groups: { weights: weightGroup(o.learningRate, o), scores },
        controller: price,
      },
      () => model.diff(weights.diff()),
      steps.end,
    );
  },
};
