import type { BertConfig, Tensors } from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import { evaluate, type Evaluation } from '@diffprune/evaluators';
import {
  assembleBatch,
  batchesPerEpoch,
  chooseBuckets,
  planBatches,
  type BatchPlan,
  type Features,
  type Prediction,
  type Task,
} from '@diffprune/glue';
import { methods, type Method, type MethodName } from './methods.ts';
import { createModel, headOf, type Model } from './model.ts';
import { validateOptions, type TrainingOptions } from './options.ts';
import { toPredictions } from './predictions.ts';
import { Predictor } from './predictor.ts';
import type { SparseDelta } from './projection.ts';
import type { UpdateReport } from './reparameterization.ts';
import { linearSchedule } from './schedule.ts';
import { deltaOf, restore, type Snapshot } from './snapshot.ts';
import { Stages, type Stage, type StageName } from './stages.ts';
import { TrainingStep } from './training-step.ts';

/** A split to evaluate on. */
export interface EvaluationSplit {
  readonly features: Features;
  /** The rows' identifiers, for the predictions. */
  readonly indices: readonly string[];
}

/** Everything that a training run takes. */
export interface TrainingRun {
  readonly engine: Engine;
  readonly config: BertConfig;
  readonly task: Task;
  readonly method: MethodName;
  readonly options: TrainingOptions;
  /** Values of all base parameters by canonical name; the run empties the map, to hold the model only once. */
  readonly base: Tensors;
  readonly train: Features;
  /** The splits to evaluate on at the end of each epoch, by name. */
  readonly dev: Readonly<Record<string, EvaluationSplit>>;
}

interface Progress {
  readonly stage: StageName;
  /** Optimiser steps of the stage that are done. */
  readonly step: number;
  /** All optimiser steps of the stage. */
  readonly steps: number;
  /** The epoch of the stage that the last step belongs to, from 1. */
  readonly epoch: number;
}

/** What happens in training, in order. */
export type TrainingEvent =
  | ({
      readonly kind: 'step';
      readonly loss: number;
      /** Examples in the batch. */
      readonly examples: number;
      /** What a checkpoint must hold to go on from here; its arrays are those in use, valid until the next event. */
      readonly snapshot: Snapshot;
    } & Progress &
      UpdateReport)
  | ({ readonly kind: 'evaluation'; readonly splits: Readonly<Record<string, SplitEvaluation>> } & Progress)
  | {
      readonly kind: 'projection';
      /** Entries kept. */
      readonly kept: number;
      /** Those of them that are not zero. */
      readonly nonzero: number;
    };

export interface SplitEvaluation extends Evaluation {
  readonly predictions: readonly Prediction[];
}

/** What a run has learnt. */
export interface TrainingResult {
  /** δ on base parameters, for the pruning methods. */
  readonly delta?: SparseDelta;
  /** Parameters learnt entry for entry, by name: the head's, in fine-tuning also the base's that were trained. */
  readonly dense: ReadonlyMap<string, Float32Array>;
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

/**
 * Trains by the method's stages and yields what happens. The run is a function of its inputs: equal runs give equal
 * bytes, and one that goes on from a snapshot ends as the one that was never stopped.
 *
 * @param from where to go on
 * @throws OptionError for an option out of range, DivergenceError when the loss is not finite
 */
export async function* train(
  run: TrainingRun,
  from?: Snapshot,
): AsyncGenerator<TrainingEvent, TrainingResult> {
  validateOptions(run.options);
  const method: Method = methods[run.method];
  const head = headOf(run.task);
  const model = await createModel(run.config, head, method, run.base, run.options.seed);
  const stages = await Stages.create(model, run.config, method, run.options);
  const predictor = new Predictor(run.engine, run.config, head, model.weights, run.options.batchSize);
  try {
    let delta = from && deltaOf(from);
    if (delta === undefined) {
      yield* runStage(run, 0, stages.first, model, predictor, from);
      delta = stages.project();
      if (delta === undefined) return { dense: stages.first.reparameterization.dense };
      yield { kind: 'projection', ...count(delta) };
      from = undefined;
    }
    const stage = await stages.fixedMask(delta);
    yield* runStage(run, 1, stage, model, predictor, from);
    return { delta: stage.reparameterization.delta(), dense: stage.reparameterization.dense };
  } finally {
    await predictor.dispose();
  }
}

/** Steps and epochs of one stage, evaluated at the end of each epoch and of the stage. */
async function* runStage(
  run: TrainingRun,
  index: number,
  { name, epochs, reparameterization }: Stage,
  { weights }: Model,
  predictor: Predictor,
  from?: Snapshot,
): AsyncGenerator<TrainingEvent, void> {
  const { engine, config, task, train: features, options } = run;
  const { batchSize, seed } = options;
  if (from) restore(reparameterization.state, from);
  const perEpoch = batchesPerEpoch(features.size, batchSize);
  const steps = Math.min(epochs * perEpoch, options.maxSteps ?? Infinity);
  const buckets = chooseBuckets(features, config.maxPositionEmbeddings);
  const program = await TrainingStep.create({
    ...{ engine, config, head: predictor.head, batchSize, longest: buckets.at(-1)!, seed, weights },
    gradients: reparameterization.gradients,
  });
  let plans: BatchPlan[] = [];
  const progress = (step: number): Progress => {
    return { stage: name, step, steps, epoch: Math.max(1, Math.ceil(step / perEpoch)) };
  };
  try {
    for (let step = from?.step ?? 0; ; step++) {
      if (step > 0 && (step % perEpoch === 0 || step === steps)) {
        reparameterization.settle();
        const splits: Record<string, SplitEvaluation> = {};
        for (const [split, rows] of Object.entries(run.dev)) {
          splits[split] = await evaluateSplit(predictor, task, rows);
        }
        yield { kind: 'evaluation', splits, ...progress(step) };
      }
      if (step === steps) return;

      if (plans.length === 0 || step % perEpoch === 0) {
        // epochs are numbered through the stages, so that each has an order of its own
        const epoch = index * 2 ** 16 + Math.floor(step / perEpoch);
        plans = planBatches(features, { batchSize, buckets, shuffle: { seed, epoch } });
      }
      const batch = assembleBatch(features, plans[step % perEpoch]!, batchSize);
      reparameterization.materialize(step);
      const loss = await program.run(batch, index * 2 ** 28 + step);
      if (!Number.isFinite(loss)) throw new DivergenceError(name, step, loss);
      const report = reparameterization.update(step, linearSchedule(step, steps, options.warmup));
      const snapshot = { stage: index, step: step + 1, arrays: reparameterization.state };
      yield { kind: 'step', loss, examples: batch.rows.length, ...report, ...progress(step + 1), snapshot };
    }
  } finally {
    await program.dispose();
  }
}

async function evaluateSplit(
  predictor: Predictor,
  task: Task,
  { features, indices }: EvaluationSplit,
): Promise<SplitEvaluation> {
  if (features.labels === undefined) throw new RangeError('a split without labels cannot be evaluated');
  const predictions = toPredictions(task, await predictor.logits(features), indices);
  const values = predictions.map(({ value }) => value);
  return { ...evaluate(task.metrics, values, features.labels), predictions };
}

function count(delta: SparseDelta): { kept: number; nonzero: number } {
  let kept = 0;
  let nonzero = 0;
  for (const { values } of delta.values()) {
    kept += values.length;
    for (const value of values) if (value !== 0) nonzero++;
  }
  return { kept, nonzero };
}
