/**
 * Magnitude pruning (Sanh, Wolf & Rush 2020, section 3; Zhu & Gupta 2018). The encoder's weight matrices are trained, each
 * with a binary mask M of those of its weights that are farthest from 0:
 *
 *     θ' = M ⊙ W                                           W from θ
 *     M = Top_v(|W|)                                       1 at the ⌊v · n⌋ greatest, 0 elsewhere
 *     v(t) = v_f + (1 - v_f) (1 - (t - t_i) / (T - t_f - t_i))³       1 before t_i, v_f from T - t_f on
 *     W ← AdamW(W, ∂L/∂θ' ⊙ M)
 *
 * M is found anew in each step, so that weights which are masked may come back. By `maskedWeights` they keep the value that
 * they had, but for what the optimiser's moments still add (as the authors' code does it), or are updated as if they
 * were not masked, by ∂L/∂θ'; or they are set to 0 and never come back (Han et al. 2015, as it is told in section 3).
 * Biases, LayerNorm, the pooler and the head are trained without a mask, embeddings are frozen.
 */
import { MaskedWeights, type MaskedFate } from '../learners/masked-weights.ts';
import { topSelection } from '../mask-selection.ts';
import type { Method } from '../method.ts';
import { weightGroup } from '../optimiser.ts';
import { choice } from '../options.ts';
import { loadPruned } from '../pruned-weights.ts';
import { pruningOptions, selectionOptions } from '../pruning-options.ts';
import { remainingMeasure } from '../pruning-price.ts';
import { pruningSteps } from '../pruning-schedule.ts';

const fates = ['kept', 'updated', 'zero'] as const satisfies readonly MaskedFate[];

const options = {
  ...pruningOptions,
  ...selectionOptions,
  maskedWeights: choice(fates, {
    default: 'kept',
    argument: 'fate',
    help: 'what becomes of masked weights: they keep their values, or are updated too, and may come back; or stay 0',
  }),
};

export const magnitudePruning: Method<typeof options> = {
  name: 'magnitude-pruning',
  title: 'Magnitude pruning',
  source: 'Sanh, Wolf & Rush 2020, section 3',
  options,
  sparse: true,
  measures: [remainingMeasure],
  stages: ({ epochs }) => [{ name: 'pruning', epochs }],
  async *run(lab, o) {
    const model = await loadPruned(lab, MaskedWeights.arrays('magnitude'));
    const steps = pruningSteps(o, lab.steps('pruning'));
    const weights = new MaskedWeights(model.masked, {
      scores: 'magnitude',
      masked: o.maskedWeights,
      select: topSelection({ ...o, by: 'magnitude' }, steps),
    });
    return yield* lab.lastStage(
      'pruning',
      {
        learners: [weights, ...model.whole],
        groups: { weights: weightGroup(o.learningRate, o) },
      },
      () => model.diff(weights.diff()),
      steps.end,
    );
  },
};
