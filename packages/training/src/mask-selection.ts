import type { Cut, Scoring } from '@diffprune/kernels';
import { isKept, thresholdCut, topCuts, type TopOptions } from '@diffprune/score-masking';
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
 * Everything before the pruning begins, then what σ(S) > τ keeps; where it is said how many weights are left, from the end
 * of the pruning on the greatest scores of all matrices.
 */
export function thresholdSelection(
  { remaining, threshold }: { readonly remaining: number | undefined; readonly threshold: number },
  { first, end }: PruningSteps,
): Selection {
  const [all, above] = [thresholdCut(-Infinity), thresholdCut(logOdds(threshold))];
  return (scores, step) => {
    if (step < first) return scores.map(() => all);
    if (remaining === undefined || step < end) return scores.map(() => above);
    return topCuts(scores, remaining, { scope: 'global' });
  };
}

/** The positions of what a cut keeps of an array, ascending. */
export function positionsKept(scores: Float32Array, cut: Cut, by: Scoring = 'value'): Uint32Array {
  const kept = (i: number): boolean => isKept(by === 'value' ? scores[i]! : Math.abs(scores[i]!), i, cut);
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (kept(i)) count++;
  const positions = new Uint32Array(count);
  for (let i = 0, at = 0; at < count; i++) if (kept(i)) positions[at++] = i;
  return positions;
}
