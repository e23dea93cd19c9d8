/**
 * Linear warm-up from 0 to 1, then linear decay to 0: the factor on a learning rate at 0-based optimiser step
 * `step` of `totalSteps` (Devlin et al. 2019, appendix A.2; Guo et al., released code).
 *
 * @param warmup fraction of the steps spent warming up, 0 to 1
 */
export function linearSchedule(step: number, totalSteps: number, warmup: number): number {
  const warmupSteps = Math.floor(warmup * totalSteps);
  if (step < warmupSteps) return (step + 1) / (warmupSteps + 1);
  return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
}

/**
 * The sum of {@link linearSchedule} over the steps before `step`: over that of all steps, how far a stage has come.
 */
export function scheduleSum(step: number, totalSteps: number, warmup: number): number {
  const warmupSteps = Math.floor(warmup * totalSteps);
  const triangle = (n: number): number => (n * (n + 1)) / 2;
  if (step <= warmupSteps) return triangle(step) / (warmupSteps + 1);
  const decay = triangle(totalSteps - warmupSteps) - triangle(totalSteps - step);
  return warmupSteps / 2 + decay / Math.max(1, totalSteps - warmupSteps);
}
