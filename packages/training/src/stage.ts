import { rowsRead, type EncoderConfig } from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import type { BatchSource } from './batch-source.ts';
import type { Learner, Measured, Samples, State } from './learner.ts';
import type { Objective } from './objective.ts';
import { Optimiser, type ParameterGroups } from './optimiser.ts';
import { linearSchedule } from './schedule.ts';
import { restore, SnapshotError, type Snapshot } from './snapshot.ts';
import { TrainingStep } from './training-step.ts';

/** A stretch of training with a schedule and an optimiser of its own. */
export interface StagePlan {
  readonly name: string;
  readonly epochs: number;
}

/** How far a stage has come. */
export interface Progress {
  /** The stage's name. */
  readonly stage: string;
  /** Optimiser steps of the stage that are done. */
  readonly step: number;
  /** All optimiser steps of the stage. */
  readonly steps: number;
  /** The epoch of the stage that the last step belongs to, from 1. */
  readonly epoch: number;
}

/** An optimiser step. */
export interface StepEvent extends Progress {
  readonly kind: 'step';
  readonly loss: number;
  /** Examples in the batch. */
  readonly examples: number;
  /** Gradient norms before clipping, and what the method measures besides, by name. */
  readonly measured: Measured;
  /** Steps that are left, those of later stages included. */
  readonly stepsLeft: number;
  /** What a checkpoint must hold to go on from here; its arrays are those in use, valid until the next event. */
  readonly snapshot: Snapshot;
}

/** The outcome of an evaluation, `E`. */
export type EvaluationEvent<E> = { readonly kind: 'evaluation' } & E & Progress;

/** What acts on a stage between its steps, such as a price that has to reach a density. */
export interface Controller {
  /** What a checkpoint keeps. */
  readonly state: State;
  /**
   * Takes what a step has measured, after its update.
   *
   * @returns what it adds to what the step reports
   */
  observe(step: number, loss: number, measured: Measured): Measured;
}

/** What learns in a stage, and how. */
export interface StageLearning {
  readonly learners: readonly Learner[];
  readonly groups: ParameterGroups;
  readonly controller?: Controller;
}

/** Everything that one stage takes. */
export interface StageRun<E> extends StageLearning {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  readonly objective: Objective;
  /** θ' and the head as the programs read them. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly name: string;
  /** Position among the run's stages, from 0. */
  readonly index: number;
  readonly batches: BatchSource;
  /** Optimiser steps. */
  readonly steps: number;
  /** Those of the stages after this one. */
  readonly laterSteps: number;
  /** Fraction of the steps in which the rates rise, before they fall. */
  readonly warmup: number;
  readonly seed: number;
  /** Steps from one evaluation to the next; there is one more at the end. */
  readonly evaluationSteps: number;
  /** What stages before this one have handed over, which its checkpoints hold as well. */
  readonly handedOver?: State;
  /**
   * Evaluates the weights as they are.
   *
   * @param samples after the last step, where the weights are but one sample of several that are to be evaluated
   */
  evaluate(samples?: Samples): Promise<E>;
  /** Whether the stage ends with an evaluation before its last step; told of that after the last one as well. */
  ends?(evaluation: E, at: Progress): Promise<boolean>;
}

/** A loss that is no number any more. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
  constructor(stage: string, step: number, loss: number) {
    super(
      `the loss became ${loss} at step ${step} of ${stage}; try a lower learning rate or a longer warm-up`,
    );
  }
}

/** An evaluation that failed after the last step of a stage. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  constructor(
    stage: string,
    override readonly cause: unknown,
  ) {
    super(
      `the evaluation after the last step of ${stage} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

/** Everything that a stage has learnt. What it takes to have it up to date is done when it is asked for. */
function stateOf({ learners, controller }: StageLearning): State {
  return new Map([...learners.flatMap(({ state }) => [...state]), ...(controller?.state ?? [])]);
}

/** The samples of all learners whose θ' is random, drawn together. */
function samplesOf(learners: readonly Learner[]): Samples | undefined {
  const random = learners.flatMap(({ samples }) => samples ?? []);
  if (random.length === 0) return undefined;
  return {
    count: Math.max(...random.map(({ count }) => count)),
    draw(sample) {
      for (const each of random) each.draw(sample);
    },
  };
}

/**
 * Takes the optimiser steps of one stage, evaluates at intervals and yields what happens.
 *
 * @param from where to go on in this stage
 * @throws DivergenceError when the loss is not finite; EvaluationError when the evaluation after the last step fails;
 *   SnapshotError for one that is not of this stage
 */
export async function* runStage<E extends object>(
  run: StageRun<E>,
  from?: Snapshot,
): AsyncGenerator<StepEvent | EvaluationEvent<E>, void> {
  const { index, name, learners, controller, batches, steps } = run;
  if (from && !(from.step >= 0 && from.step <= steps)) {
    throw new SnapshotError(`the checkpoint is of step ${from.step}, but ${name} has ${steps}`);
  }
  if (from) restore(stateOf(run), from);
  const optimiser = new Optimiser(learners, run.groups);
  const gradients = new Map(learners.flatMap(({ gradients }) => [...gradients]));
  const program = await TrainingStep.create({ ...run, gradients });
  const progress = (step: number): Progress => {
    return { stage: name, step, steps, epoch: Math.max(1, Math.ceil(step / batches.perEpoch)) };
  };
  const snapshot = (step: number): Snapshot => ({
    stage: name,
    step,
    get arrays() {
      return new Map([...(run.handedOver ?? []), ...stateOf(run)]);
    },
  });
  try {
    for (let step = from?.step ?? 0; ; step++) {
      if (step > 0 && (step % run.evaluationSteps === 0 || step === steps)) {
        for (const learner of learners) learner.forward();
        let outcome = await run
          .evaluate(step === steps ? samplesOf(learners) : undefined)
          .catch((error: unknown) => {
            throw step === steps ? new EvaluationError(name, error) : error;
          });
        const ended = (await run.ends?.(outcome, progress(step))) && step < steps;
        const samples = ended ? samplesOf(learners) : undefined;
        if (samples !== undefined) outcome = await run.evaluate(samples);
        yield { kind: 'evaluation', ...outcome, ...progress(step) };
        if (ended) return;
      }
      if (step === steps) return;

      const batch = batches.at(step);
      const ids = batch.inputs['input_ids'] as Int32Array;
      const rows = rowsRead(run.config, run.objective.head, ids, batch.length);
      for (const learner of learners) learner.forward({ step, rows });
      // steps are numbered through the stages, so that each has dropout masks of its own
      const loss = await program.run(batch, index * 2 ** 28 + step);
      if (!Number.isFinite(loss)) throw new DivergenceError(name, step, loss);
      const found = optimiser.update(step, linearSchedule(step, steps, run.warmup));
      const measured = { ...found, ...controller?.observe(step, loss, found) };
      const { examples } = batch;
      const stepsLeft = steps - step - 1 + run.laterSteps;
      const done = { ...progress(step + 1), stepsLeft, snapshot: snapshot(step + 1) };
      yield { kind: 'step', loss, examples, measured, ...done };
    }
  } finally {
    await program.dispose();
  }
}
