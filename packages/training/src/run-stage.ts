import { rowsRead, type EncoderConfig } from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import type { BatchSource } from './batch-source.ts';
import type { Objective } from './objective.ts';
import type { Reparameterization, UpdateReport } from './reparameterization.ts';
import { linearSchedule } from './schedule.ts';
import { restore, SnapshotError, type Snapshot } from './snapshot.ts';
import { TrainingStep } from './training-step.ts';

/** A stretch of training with a schedule and an optimiser of its own. */
export type StageName = 'l0-training' | 'fine-tuning' | 'fixed-mask' | 'pretraining';

/** How far a stage has come. */
export interface Progress {
  readonly stage: StageName;
  /** Optimiser steps of the stage that are done. */
  readonly step: number;
  /** All optimiser steps of the stage. */
  readonly steps: number;
  /** The epoch of the stage that the last step belongs to, from 1. */
  readonly epoch: number;
}

/** An optimiser step. */
export interface StepEvent extends Progress, UpdateReport {
  readonly kind: 'step';
  readonly loss: number;
  /** Examples in the batch. */
  readonly examples: number;
  /** What a checkpoint must hold to go on from here; its arrays are those in use, valid until the next event. */
  readonly snapshot: Snapshot;
}

/** The outcome of an evaluation, `E`. */
export type EvaluationEvent<E> = { readonly kind: 'evaluation' } & E & Progress;

/** Everything that one stage takes. */
export interface StageRun<E> {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  readonly objective: Objective;
  /** θ' and the head as the programs read them. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly name: StageName;
  /** Position among the run's stages, from 0. */
  readonly index: number;
  readonly reparameterization: Reparameterization;
  readonly batches: BatchSource;
  /** Optimiser steps. */
  readonly steps: number;
  /** Fraction of the steps in which the rates rise, before they fall. */
  readonly warmup: number;
  readonly seed: number;
  /** Steps from one evaluation to the next; there is one more at the end. */
  readonly evaluationSteps: number;
  /** Evaluates the weights as they are. */
  evaluate(): Promise<E>;
}

/** A loss that is no number any more. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
  constructor(stage: StageName, step: number, loss: number) {
    super(
      `the loss became ${loss} at step ${step} of ${stage}; try a lower learning rate or a longer warm-up`,
    );
  }
}

/** An evaluation that failed after the last step of a stage. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  constructor(
    stage: StageName,
    override readonly cause: unknown,
  ) {
    super(
      `the evaluation after the last step of ${stage} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

/** What a checkpoint would hold; what it takes to make it is done for those who ask. */
class CurrentSnapshot implements Snapshot {
  constructor(
    readonly stage: number,
    readonly step: number,
    readonly reparameterization: Reparameterization,
  ) {}

  get arrays(): Snapshot['arrays'] {
    return this.reparameterization.state;
  }
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
  const { index, name, reparameterization, batches, steps } = run;
  if (from && !(from.step >= 0 && from.step <= steps)) {
    throw new SnapshotError(`the checkpoint is of step ${from.step}, but ${name} has ${steps}`);
  }
  if (from) restore(reparameterization.state, from);
  const program = await TrainingStep.create({ ...run, gradients: reparameterization.gradients });
  const progress = (step: number): Progress => {
    return { stage: name, step, steps, epoch: Math.max(1, Math.ceil(step / batches.perEpoch)) };
  };
  try {
    for (let step = from?.step ?? 0; ; step++) {
      if (step > 0 && (step % run.evaluationSteps === 0 || step === steps)) {
        reparameterization.settle();
        const outcome = await run.evaluate().catch((error: unknown) => {
          throw step === steps ? new EvaluationError(name, error) : error;
        });
        yield { kind: 'evaluation', ...outcome, ...progress(step) };
      }
      if (step === steps) return;

      const batch = batches.at(step);
      reparameterization.materialize(
        step,
        rowsRead(run.config, run.objective.head, batch.inputs['input_ids'] as Int32Array, batch.length),
      );
      // steps are numbered through the stages, so that each has dropout masks of its own
      const loss = await program.run(batch, index * 2 ** 28 + step);
      if (!Number.isFinite(loss)) throw new DivergenceError(name, step, loss);
      const report = reparameterization.update(step, linearSchedule(step, steps, run.warmup), loss);
      const snapshot = new CurrentSnapshot(index, step + 1, reparameterization);
      yield { kind: 'step', loss, examples: batch.examples, ...report, ...progress(step + 1), snapshot };
    }
  } finally {
    await program.dispose();
  }
}
