import { partFactor } from './default-rates.ts';
import { DensityController, logOdds } from './density-controller.ts';
import type { Measured, State } from './learner.ts';
import type { Measure } from './method.ts';
import { scheduleSum } from './schedule.ts';
import type { Controller } from './stage.ts';

/** α's rate where λ is given (Guo et al., released code). */
const paperAlphaRate = 0.1;
/** Times the density: where steered gates arrive. The projection does the rest. */
const aim = 10;
/** The path's end at least: what is closed for good before w has learnt cannot be chosen later. */
const leastOpen = 0.05;
/** The path's end at most: gates that stay open are no choice. */
const mostOpen = 0.5;
/** λ₀ over the rate of w and the root of d; three orders of magnitude either side make little difference. */
const firstPenalty = 24;
/** A model has begun to learn where its mean loss is below this part of what a constant prediction has. */
const learning = 0.95;
/** In progress: gates begin to close here even where it has not. */
const latestBegin = 0.3;

/** What decides on a penalty. */
export interface PenaltyOptions {
  readonly density: number;
  readonly learningRate: number;
  readonly alphaLearningRate?: number | undefined;
  readonly l0Penalty?: number | undefined;
  readonly initialLogOdds: number;
  readonly warmup: number;
}

/** What a nonzero costs in L0 training, and how α moves. */
export interface Penalty extends Controller {
  /** λ of the next step. */
  readonly lambda: number;
  /** AdamW's step number for α and its peak rate; undefined as long as gates are held open. */
  alphaStep(step: number): { readonly step: number; readonly learningRate: number } | undefined;
  /** What w's rate is multiplied by at a step. */
  weightFactor(step: number): number;
  /**
   * Takes what a step has measured: E‖δ‖₀ / d before its update, and its batch's loss.
   *
   * @returns λ of the step, and, where it is steered, E‖δ‖₀ / d as it was to be
   */
  observe(step: number, loss: number, measured: Measured): Measured;
}

/** What steps of L0 training report: what the gates and the penalty measure. */
export const gateMeasures: readonly Measure[] = [
  {
    name: 'expectedDensity',
    title: 'expected density',
    kind: 'fraction',
    path: 'pathDensity',
    heading: 'Expected density in L0 training',
  },
  { name: 'l0Penalty', title: 'λ', kind: 'magnitude', heading: 'λ, the price of a nonzero' },
];

/** The L0 training that a penalty is for. */
export interface PenalisedStage {
  /** Optimiser steps. */
  readonly steps: number;
  /** The loss of a constant prediction. */
  readonly constantLoss: number;
  /** d, entries that have gates. */
  readonly entries: number;
  /** E‖δ‖₀ / d before the first step. */
  readonly startDensity: number;
  /** The log-odds at which a gate is open with probability ½. */
  readonly halfOpen: number;
}

/** λ as `l0Penalty` says (the paper's way), or steered. */
export function createPenalty(options: PenaltyOptions, stage: PenalisedStage): Penalty {
  const { l0Penalty, alphaLearningRate: learningRate = paperAlphaRate } = options;
  if (l0Penalty === undefined) return new SteeredPenalty(options, stage);
  return {
    lambda: l0Penalty,
    alphaStep: (step) => ({ step: step + 1, learningRate }),
    weightFactor: () => 1,
    observe: () => ({ l0Penalty }),
    state: new Map(),
  };
}

/**
 * λ that a {@link DensityController} steers. Gates are held open until w has begun to learn: until the loss, smoothed
 * over a twentieth of the stage, is below that of a constant prediction, or three tenths of the training are over.
 *
 * A gate that no loss pulls at moves by α's whole rate in each step, whatever λ is, since Adam divides by the gradient's
 * size. So the rate is such that it falls from its start to the path's end just while the path does.
 */
class SteeredPenalty implements Penalty {
  readonly state: State;
  readonly #controller: DensityController;
  /** The smoothed loss. */
  readonly #loss: Float32Array;

  constructor(
    readonly options: PenaltyOptions,
    readonly stage: PenalisedStage,
  ) {
    const { steps, entries, startDensity, constantLoss } = stage;
    const progress = (step: number): number => this.#sum(step) / this.#sum(steps);
    const end = Math.min(Math.max(aim * options.density, leastOpen), mostOpen, startDensity);
    const penalty = (firstPenalty * options.learningRate) / Math.sqrt(entries);
    const path = { start: startDensity, end, penalty, steps, progress };
    this.#controller = new DensityController(path);
    this.#loss = Float32Array.of(constantLoss);
    this.state = new Map([
      ['density-controller', this.#controller.state],
      ['smoothed-loss', this.#loss],
    ]);
  }

  get lambda(): number {
    return this.#controller.lambda;
  }

  alphaStep(step: number): { step: number; learningRate: number } | undefined {
    const { firstStep, window, path } = this.#controller;
    if (firstStep === undefined || window === undefined) return undefined;
    const distance = this.options.initialLogOdds - this.stage.halfOpen - logOdds(path.end);
    const sum = (window.end - window.begin) * this.#sum(path.steps);
    return {
      step: step - firstStep + 1,
      learningRate: this.options.alphaLearningRate ?? Math.max(0, distance) / Math.max(1, sum),
    };
  }

  /** The fewer gates are to be open, the further the entries behind them move; see `partFactor`. */
  weightFactor(step: number): number {
    return partFactor(this.#controller.target(step));
  }

  observe(step: number, loss: number, { expectedDensity: density }: Measured): Measured {
    const { path, firstStep } = this.#controller;
    const report = { l0Penalty: this.lambda, pathDensity: this.#controller.target(step) };
    const newest = Math.min(1, 20 / path.steps);
    this.#loss[0]! += newest * (loss - this.#loss[0]!);
    if (firstStep !== undefined) this.#controller.steer(step, density!);
    else if (this.#hasLearnt() || path.progress(step + 1) >= latestBegin) {
      this.#controller.begin(step + 1);
    }
    return report;
  }

  #hasLearnt(): boolean {
    return this.#loss[0]! < learning * this.stage.constantLoss;
  }

  /** The sum of the schedule's factors over the steps before this one. */
  #sum(step: number): number {
    return scheduleSum(step, this.stage.steps, this.options.warmup);
  }
}
