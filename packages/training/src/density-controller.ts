/**
 * Steers λ, the price of an expected nonzero, so that the expected density E‖δ‖₀ / d follows a path.
 *
 * The paper searches λ by hand (Guo et al., section 3.2: it is the multiplier of the constraint E‖δ‖₀ < η). The λ that
 * reaches a density lies anywhere within ten orders of magnitude, by task, base and length of the training. Here the
 * density is given, and λ is found on the way:
 *
 *     y(p)  = log-odds of the density on the path: from its start, at progress p₀, in a straight line to its end, at p₁
 *             = 0.9 (progress: the sum of the schedule's factors so far, over that of all steps)
 *     e     = log-odds of the expected density - y(p), within ±1
 *     I    += 20 e / T, within ±12                     T: the stage's steps
 *     λ     = λ₀ exp(2 e + I)
 *
 * Until p₀ gates are held open and λ is 0: w has to learn which entries are worth something before gates can tell.
 */
export interface DensityPath {
  /** The expected density that gates start with, and the one that the path ends with; both in (0, 1). */
  readonly start: number;
  readonly end: number;
  /** λ₀: λ as long as there is no error. */
  readonly penalty: number;
  /** T: optimiser steps of the stage. */
  readonly steps: number;
  /** What part of the stage's training the steps before this one are, 0 to 1. */
  progress(step: number): number;
}

const proportionalGain = 2;
/** Of the integral, over a whole stage. */
const integralGain = 20;
const largestError = 1;
const largestIntegral = 12;

/** In progress: when gates are to have closed, so that w learns what is left to it. */
const pathEnd = 0.9;

/** log(p / (1 - p)). */
export function logOdds(probability: number): number {
  return Math.log(probability) - Math.log1p(-probability);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const clamp = (x: number, bound: number): number => Math.min(bound, Math.max(-bound, x));

/**
 * Sets λ for the next step, see above.
 *
 * @param steering I, and λ of the next step
 * @param error log-odds of the density that was found - those of the one that was to be
 * @param penalty λ₀
 * @param steps T
 */
export function steer(
  steering: Float32Array,
  error: number,
  { penalty, steps }: Pick<DensityPath, 'penalty' | 'steps'>,
): void {
  const e = clamp(error, largestError);
  steering[0] = clamp(steering[0]! + (integralGain * e) / steps, largestIntegral);
  steering[1] = penalty * Math.exp(proportionalGain * e + steering[0]!);
}

export class DensityController {
  /** I, λ of the next step, and the step at which gates began to close (-1 before): all that is kept between steps. */
  readonly state = Float32Array.of(0, 0, -1);

  constructor(readonly path: DensityPath) {}

  /** λ of the next step. */
  get lambda(): number {
    return this.state[1]!;
  }

  /** The first step in which gates may close; undefined as long as they are held open. */
  get firstStep(): number | undefined {
    return this.state[2]! < 0 ? undefined : this.state[2]!;
  }

  /** Between what progress the path falls; undefined as long as gates are held open. */
  get window(): { readonly begin: number; readonly end: number } | undefined {
    if (this.firstStep === undefined) return undefined;
    const begin = this.path.progress(this.firstStep);
    return { begin, end: Math.max(begin, pathEnd) };
  }

  /** The density that the path has before a step. */
  target(step: number): number {
    const { window, path } = this;
    if (window === undefined) return path.start;
    const { begin, end } = window;
    const part = end > begin ? clamp((path.progress(step) - begin) / (end - begin), 1) : 1;
    return sigmoid(logOdds(path.start) + part * (logOdds(path.end) - logOdds(path.start)));
  }

  /** Has gates close from this step on. */
  begin(step: number): void {
    this.state[2] = step;
    this.state[1] = this.path.penalty;
  }

  /**
   * Sets λ for the next step.
   *
   * @param density E‖δ‖₀ / d before step `step`
   */
  steer(step: number, density: number): void {
    if (this.firstStep === undefined) return;
    steer(this.state, logOdds(density) - logOdds(this.target(step)), this.path);
  }
}
