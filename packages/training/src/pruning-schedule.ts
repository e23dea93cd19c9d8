import { cubicSchedule } from '@diffprune/score-masking';

/** When weights are pruned, as fractions of a stage's steps. */
export interface PruningTimes {
  /** t_i, before the first weight is pruned. */
  readonly pruningWarmup: number;
  /** t_f, when the mask has its last size. */
  readonly pruningCooldown: number;
}

/** The steps between which weights are pruned. */
export interface PruningSteps {
  /** t_i. */
  readonly first: number;
  /** T - t_f. */
  readonly end: number;
}

/** @param steps T, optimiser steps of the stage */
export function pruningSteps({ pruningWarmup, pruningCooldown }: PruningTimes, steps: number): PruningSteps {
  const end = steps - Math.floor(pruningCooldown * steps);
  return { first: Math.min(Math.floor(pruningWarmup * steps), end), end };
}

/** A number that goes from one value to another while weights are pruned (Sanh et al. 2020, equation 5), by step. */
export function alongPruning(
  initial: number,
  final: number,
  { first, end }: PruningSteps,
): (step: number) => number {
  return cubicSchedule({ initial, final, steps: end, warmup: first, cooldown: 0 });
}
