/**
 * Movement pruning (Sanh, Wolf & Rush 2020, section 4). Each weight of the encoder's matrices has a score S that is learnt
 * with it, and decides whether it is masked:
 *
 *     θ' = M ⊙ W                                           W from θ
 *     M = Top_v(S)                                         S from 0; 1 at the ⌊v · n⌋ greatest, 0 elsewhere
 *     v(t) = v_f + (1 - v_f) (1 - (t - t_i) / (T - t_f - t_i))³       1 before t_i, v_f from T - t_f on
 *     ∂L/∂S = ∂L/∂θ' ⊙ W                                   straight through Top_v, masked or not
 *     ∂L/∂W = ∂L/∂θ' ⊙ M
 *
 * So a score grows where its weight moves away from 0, and falls where it shrinks: -Σ ∂L/∂θ' ⊙ W is what it adds up
 * (equation 4). Scores and weights are updated by AdamW, each at a rate of its own. That of the scores is 1e-2, as in
 * the authors' code, and no option: all scores begin alike, AdamW's steps do not depend on their size, and Top_v sees
 * nothing but their order, which is the same at any rate.
 *
 * That steps do not depend on a gradient's size has another side: the score of a weight that hardly matters goes as far as
 * that of one that does, and where steps are few, much that falls below Top_v at first is what the network needs. So all
 * scores are pulled down by λ σ(S) (1 - σ(S)), the penalty of soft movement pruning (which the authors' code has for any
 * method, as `--regularization l1`), with λ = `scorePull` times the root mean square of ∂L/∂S. Top_v, which knows the
 * order alone, is blind to a pull; but under it the scores of weights fall that do not resist it. With 0 there is none, as
 * in the paper.
 *
 * Biases, LayerNorm, the pooler and the head are trained without a mask, embeddings are frozen.
 */
import { MaskedWeights } from '../learners/masked-weights.ts';
import { topSelection } from '../mask-selection.ts';
import type { Method } from '../method.ts';
import { weightGroup } from '../optimiser.ts';
import { nonNegative } from '../options.ts';
import { loadPruned } from '../pruned-weights.ts';
import { pruningOptions, selectionOptions } from '../pruning-options.ts';
import { penaltyMeasure, remainingMeasure } from '../pruning-price.ts';
import { pruningSteps } from '../pruning-schedule.ts';
import { ScorePull } from '../score-pull.ts';

const options = {
  ...pruningOptions,
  ...selectionOptions,
  scorePull: nonNegative({
    default: 1,
    argument: 'factor',
    help: 'pull down on all scores, times the root mean square of their gradient; 0, none, in the paper',
  }),
};

const scoreLearningRate = 1e-2;

export const movementPruning: Method<typeof options> = {
  name: 'movement-pruning',
  title: 'Movement pruning',
  source: 'Sanh, Wolf & Rush 2020, section 4',
  options,
  sparse: true,
  measures: [remainingMeasure, penaltyMeasure('scorePenalty')],
  stages: ({ epochs }) => [{ name: 'pruning', epochs }],
  async *run(lab, o) {
    const model = await loadPruned(lab, MaskedWeights.arrays('learnt'));
    const pull = new ScorePull(o.scorePull, model.weights);
    const steps = pruningSteps(o, lab.steps('pruning'));
    const weights = new MaskedWeights(model.masked, {
      scores: 'learnt',
      masked: 'kept',
      price: pull,
      select: topSelection(o, steps),
    });
    const { maxGradientNorm } = o;
    return yield* lab.lastStage(
      'pruning',
      {
        learners: [weights, ...model.whole],
        groups: {
          weights: weightGroup(o.learningRate, o),
          scores: weightGroup(scoreLearningRate, { maxGradientNorm, weightDecay: 0 }),
        },
        controller: pull,
      },
      () => model.diff(weights.diff()),
      steps.end,
    );
  },
};
