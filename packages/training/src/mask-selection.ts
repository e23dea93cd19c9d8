import type { Cut } from '@diffprune/kernels';
import { thresholdCut, topCuts, type TopOptions } from '@diffprune/score-masking';
import { logOdds } from './density-controller.ts';
import { alongPruning, type PruningSteps } from './pruning-schedule.ts';

/** Decides which weights are kept at a step, by the scores of each parameter. */
export type Selection = (scores: readonly Float32Array[], step: number) => readonly Cut[];

/** Top_v, where v falls from 1 to `remaining`. */
export function topSelection(
  { remaining, ...options }: TopOptions & { readonly remaining: number },
  steps: PruningSteps,
): Selection {
  const v = alongPruning(1, remaining, steps);
  return (scores, step) => topCuts(scores, v(step), options);
}

/**
 * What σ(S) > τ keeps; where it is said how many weights are left, then from the end of the pruning on the greatest scores
 * of all matrices.
 */
export function thresholdSelection(
  { remaining, threshold }: { readonly remaining: number | undefined; readonly threshold: number },
  { end }: PruningSteps,
): Selection {
  const cut = thresholdCut(logOdds(threshold));
  return (scores, step) => {
    if (remaining === undefined || step < end) return scores.map(() => cut);
    return topCuts(scores, remaining, { scope: 'global' });
  };
}
