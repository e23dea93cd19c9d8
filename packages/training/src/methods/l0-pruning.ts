/**
 * Pruning by L0 regularisation (Louizos, Welling & Kingma 2018), as it is compared with movement pruning (Sanh, Wolf & Rush
 * 2020, section 4): each weight of the encoder's matrices has a hard-concrete gate z with log-odds α,
 *
 *     θ' = z ⊙ W                                           W from θ
 *     u ~ U(0, 1)
 *     s = σ((log u - log(1 - u) + α) / b)                  α from 2.197 (σ(α) = 0.9); b = 2/3
 *     z = min(1, max(0, s · (r - l) + l))                  l = -0.1, r = 1.1
 *     E‖z‖₀ = Σ σ(α - b log(-l / r))
 *     min_{α, W}  E_u[L(f(·; θ'))] + λ E‖z‖₀
 *     ẑ = min(1, max(0, σ(α) · (r - l) + l))               in the end
 *
 * What λ leaves nobody knows before. Unless it is given, it is steered so that E‖z‖₀ / n follows the schedule of equation 5,
 *
 *     v(t) = v_f + (1 - v_f) (1 - (t - t_i) / (T - t_f - t_i))³       1 before t_i, v_f from T - t_f on
 *
 * and at T - t_f it is decided which gates are open for good: those of the ⌊v_f · n⌋ greatest α of all matrices together,
 * whose ẑ is folded into W; the others stay 0. With a λ that is given gates are decided so only if `remaining` is given as
 * well, else those with ẑ > 0 stay open in the end (the authors' code has 125 for a factor of the mean of their
 * probabilities, which are 1.5e-6 for each of BERT-base's 85 million weights).
 *
 * Biases, LayerNorm, the pooler and the head are trained without gates, embeddings are frozen.
 */
import { thresholdCut, topCuts } from '@diffprune/score-masking';
import { logOdds } from '../density-controller.ts';
import { warnOfRemaining } from '../diagnosis.ts';
import { GatedWeights } from '../learners/gated-weights.ts';
import type { Method } from '../method.ts';
import { weightGroup, type ParameterGroup } from '../optimiser.ts';
import { finite, nonNegative, positive } from '../options.ts';
import { loadPruned } from '../pruned-weights.ts';
import { pruningOptions, remainingUnless } from '../pruning-options.ts';
import { penaltyMeasure, PruningPrice, remainingMeasure } from '../pruning-price.ts';
import { pruningSteps } from '../pruning-schedule.ts';
import { l0PenaltyHelp } from './diff-pruning.ts';

/** l, r and b. */
const shape = { l: -0.1, r: 1.1, temperature: 2 / 3 };

const options = {
  ...pruningOptions,
  l0Penalty: nonNegative({
    shown: 'steered, so that gates close down to `remaining`',
    argument: 'lambda',
    help: l0PenaltyHelp,
  }),
  remaining: remainingUnless('l0Penalty'),
  alphaLearningRate: positive({
    shown: 'by the length of the stage; 0.1 with `l0Penalty`',
    argument: 'rate',
    help: "peak rate of the gates' log-odds",
  }),
  initialLogOdds: finite({ default: 2.197, argument: 'alpha', help: 'log-odds that gates start with' }),
};

/** Σ of the rates of α over a stage where λ is steered. */
const alphaTravel = 60;

/** AdamW's ε for α: its gradient may be as small as λ. */
const epsilon = 1e-12;

export const l0Pruning: Method<typeof options> = {
  name: 'l0-pruning',
  title: 'L0 regularisation',
  source: 'Louizos, Welling & Kingma 2018; Sanh, Wolf & Rush 2020, section 4',
  options,
  sparse: true,
  measures: [remainingMeasure, penaltyMeasure('l0Penalty')],
  diagnose: (course) => warnOfRemaining(course, 'alphaLearningRate', 'l0Penalty'),
  stages: ({ epochs }) => [{ name: 'pruning', epochs }],
  async *run(lab, o) {
    const model = await loadPruned(lab, GatedWeights.arrays);
    const total = lab.steps('pruning');
    const steps = pruningSteps(o, total);
    const { remaining, initialLogOdds, seed } = o;
    const price = new PruningPrice({
      name: 'l0Penalty',
      given: o.l0Penalty,
      rises: false,
      initial: 0.05 / Math.sqrt(model.weights),
      remaining,
      steps,
    });
    const decision = remaining === undefined ? total : steps.end;
    const weights = new GatedWeights(model.masked, {
      shape,
      initialLogOdds,
      seed,
      price,
      decision,
      decide: (alphas) =>
        remaining === undefined
          ? alphas.map(() => thresholdCut(logOdds(-shape.l / (shape.r - shape.l))))
          : topCuts(alphas, remaining, { scope: 'global' }),
    });
    const steered = o.l0Penalty === undefined;
    const { maxGradientNorm, alphaLearningRate = steered ? alphaTravel / total : 0.1 } = o;
    const learns = weightGroup(alphaLearningRate, { maxGradientNorm, weightDecay: 0 });
    const alpha: ParameterGroup = {
      ...learns,
      epsilon,
      rate: (step) => (step >= decision ? undefined : learns.rate(step)),
    };
    return yield* lab.lastStage(
      'pruning',
      {
        learners: [weights, ...model.whole],
        groups: { weights: weightGroup(o.learningRate, o), alpha },
        controller: price,
      },
      () => model.diff(weights.diff()),
      decision,
    );
  },
};
