/**
 * Structured diff pruning (Guo, Rush & Kim 2021, section 3.3): diff pruning with a further scalar gate z_g for each weight
 * matrix and bias vector g, of the same distribution,
 *
 *     δ_i = z_i · z_g · w_i,    i in g
 *     E‖δ‖₀ = Σ_g Σ_{i in g} σ(α_i - log(-l / r)) · σ(α_g - log(-l / r))
 *
 * The authors' code has Σ_i σ(α_i - …) + Σ_g σ(α_g - …) for a penalty instead, which is the default here: by the
 * product a group's gradient is a sum over its entries, and groups close at once.
 *
 * The paper counts 393 groups in BERT-large: its 391 matrices and vectors, LayerNorms' among them, and the classifier's
 * two. The head has no gate, there either: 391 gates are learnt.
 */
import type { Method } from '../method.ts';
import { choice } from '../options.ts';
import { diffPruning, options as elementOptions, pruneDiff } from './diff-pruning.ts';

const options = {
  ...elementOptions,
  groupPenalty: choice(['sum', 'product'], {
    default: 'sum',
    argument: 'form',
    help: 'what has that price with groups: the sum of all probabilities, or the product of the paper',
  }),
};

export const structuredDiffPruning: Method<typeof options> = {
  ...diffPruning,
  name: 'structured-diff-pruning',
  title: 'Structured diff pruning',
  source: 'Guo, Rush & Kim 2021, section 3.3',
  options,
  run: (lab, o) => pruneDiff(lab, o, o.groupPenalty),
};
