import { expectNumber } from './errors.ts';

/** From where to where a number goes, and when: all times in steps, whole or not. */
export interface CubicSchedule {
  /** v_i, the value to begin with. */
  readonly initial: number;
  /** v_f, the value to end with. */
  readonly final: number;
  /** T, the length of all. */
  readonly steps: number;
  /** t_i, how long the first value holds. */
  readonly warmup: number;
  /** t_f, how long the last value holds. */
  readonly cooldown: number;
}

/**
 * The cubic schedule with warm-up and cool-down (Zhu and Gupta 2018; Sanh et al. 2020, equation 5): v_i until t_i, then
 * v_f + (v_i - v_f) · (1 - (t - t_i) / (T - t_i - t_f))³, and v_f from T - t_f on. Fast at first, while there is much to
 * prune, then slower. For remaining weights, and alike for the penalty λ and for thresholds, as the authors' released
 * code has them, where λ(t) / λ_f is τ(t) / τ_f.
 *
 * @returns the value at step t, from 0
 * @throws ScoreMaskingError if a number is not finite, a time below 0, or warm-up and cool-down longer than all
 */
export function cubicSchedule(schedule: CubicSchedule): (step: number) => number {
  const { initial, final, steps, warmup, cooldown } = schedule;
  expectNumber('initial', initial, true, 'a number');
  expectNumber('final', final, true, 'a number');
  for (const name of ['steps', 'warmup', 'cooldown'] as const) {
    expectNumber(name, schedule[name], schedule[name] >= 0, 'a number from 0');
  }
  const falling = steps - warmup - cooldown;
  expectNumber('warmup + cooldown', warmup + cooldown, falling >= 0, `at most the ${steps} steps of all`);
  return (step) => {
    if (step >= warmup + falling) return final;
    if (step <= warmup) return initial;
    return final + (initial - final) * (1 - (step - warmup) / falling) ** 3;
  };
}
