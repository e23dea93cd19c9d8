import {
  baseParameters,
  headParameters,
  initializeParameters,
  parameterSize,
  type EncoderConfig,
  type Tensors,
} from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import { batchesPerEpoch, type Features, type Task } from '@diffprune/glue';
import { checkTokenTypes, Predictor } from '@diffprune/inference';
import { evaluateSplit, type EvaluationSplit, type SplitEvaluation } from './evaluate-split.ts';
import { completeOptions } from './default-rates.ts';
import { methods, type Method, type MethodName } from './methods.ts';
import { createModel, headOf, type Model } from './model.ts';
import { labelledObjective, type Objective } from './objective.ts';
import { validateOptions, type ResolvedOptions, type TrainingOptions } from './options.ts';
import type { SparseDelta } from './projection.ts';
import { EvaluationError, runStage, type EvaluationEvent, type StepEvent } from './run-stage.ts';
import { deltaOf, type Snapshot } from './snapshot.ts';
import { Stages, type Stage } from './stages.ts';
import { TaskBatches } from './task-batches.ts';

/** Everything that a training run takes. */
export interface TrainingRun {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  readonly task: Task;
  readonly method: MethodName;
  readonly options: TrainingOptions;
  /** Values of all base parameters by canonical name; the run empties the map, to hold the model only once. */
  readonly base: Tensors;
  readonly train: Features;
  /** The splits to evaluate on at the end of each epoch, by name. */
  readonly dev: Readonly<Record<string, EvaluationSplit>>;
}

/** What happens in training, in order. */
export type TrainingEvent =
  | StepEvent
  | EvaluationEvent<TaskEvaluation>
  | {
      readonly kind: 'projection';
      /** Entries kept. */
      readonly kept: number;
      /** Those of them that are not zero. */
      readonly nonzero: number;
      /** E‖δ‖₀ / d at the end of L0 training; absent without gates. */
      readonly expectedDensity?: number;
    };

/** The scores of each split. */
export interface TaskEvaluation {
  readonly splits: Readonly<Record<string, SplitEvaluation>>;
}

/** What a run has learnt. */
export interface TrainingResult {
  /** δ on base parameters, for the pruning methods. */
  readonly delta?: SparseDelta;
  /** Parameters learnt entry for entry, by name: the head's, in fine-tuning also the base's that were trained. */
  readonly dense: ReadonlyMap<string, Float32Array>;
}

/** All steps of a run were taken, but the evaluation after the last one failed; what it says is the cause. */
export class UnevaluatedError extends Error {
  override readonly name = 'UnevaluatedError';
  constructor(
    /** What was learnt. */
    readonly result: TrainingResult,
    override readonly cause: EvaluationError,
  ) {
    super(cause.message);
  }
}

/**
 * Trains by the method's stages and yields what happens. The run is a function of its inputs: equal runs give equal
 * bytes, and one that goes on from a snapshot ends as the one that was never stopped.
 *
 * @param from where to go on
 * @throws OptionError for an option out of range, TokenTypeError for pairs that the model has no type for, DivergenceError
 *   when the loss is not finite, UnevaluatedError with the result where only its evaluation failed, SnapshotError for one
 *   that does not belong to the run
 */
export async function* train(
  run: TrainingRun,
  from?: Snapshot,
): AsyncGenerator<TrainingEvent, TrainingResult> {
  validateOptions(run.options);
  checkTokenTypes(run.config, run.train);
  const method: Method = methods[run.method];
  const parameters = baseParameters(run.config).reduce((sum, spec) => sum + parameterSize(spec), 0);
  const options = completeOptions(run.options, {
    method: run.method,
    parameters,
    rows: run.train.size,
  });
  const head = headOf(run.task);
  const objective = labelledObjective(head, { labels: run.train.labels ?? [] });
  const fresh = initializeParameters(headParameters(run.config, head), run.config, options.seed);
  for (const [name, values] of fresh) run.base.set(name, values);
  const model = await createModel(run.config, head, method, run.base);
  const stages = await Stages.create(model, run.config, method, options, {
    steps: stepsOf(options, run.train, options.epochs),
    constantLoss: objective.constantLoss,
  });
  const predictor = new Predictor(run.engine, run.config, head, model.weights, options.batchSize);
  try {
    let delta = from && deltaOf(from);
    if (delta === undefined) {
      const { dense } = stages.first.reparameterization;
      const first = runStage(stageRun(run, options, 0, stages.first, model, predictor, objective), from);
      yield* method.pruned ? first : lastStage(first, () => ({ dense }));
      delta = stages.project();
      if (delta === undefined) return { dense };
      const { expectedDensity } = stages;
      yield {
        ...{ kind: 'projection', ...count(delta) },
        ...(expectedDensity !== undefined && { expectedDensity }),
      };
      from = undefined;
    }
    const stage = await stages.fixedMask(delta);
    const result = (): TrainingResult => {
      return { delta: stage.reparameterization.delta(), dense: stage.reparameterization.dense };
    };
    yield* lastStage(runStage(stageRun(run, options, 1, stage, model, predictor, objective), from), result);
    return result();
  } finally {
    await predictor.dispose();
  }
}

/** The optimiser steps that so many epochs take. */
function stepsOf(
  { batchSize, maxSteps = Infinity }: ResolvedOptions,
  rows: Features,
  epochs: number,
): number {
  return Math.min(epochs * batchesPerEpoch(rows.size, batchSize), maxSteps);
}

/** Gives the result to those who see the run fail when it had only to be evaluated. */
async function* lastStage<E>(
  stage: AsyncGenerator<E, void>,
  result: () => TrainingResult,
): AsyncGenerator<E, void> {
  try {
    yield* stage;
  } catch (error) {
    throw error instanceof EvaluationError ? new UnevaluatedError(result(), error) : error;
  }
}

/** A stage over the task's examples, evaluated at the end of each epoch. */
function stageRun(
  run: TrainingRun,
  options: ResolvedOptions,
  index: number,
  { name, epochs, reparameterization }: Stage,
  { weights }: Model,
  predictor: Predictor,
  objective: Objective,
) {
  const { engine, config, task } = run;
  const { warmup, seed } = options;
  // epochs are numbered through the stages, so that each has an order of its own
  const batches = new TaskBatches(run.train, config.positions, options, index * 2 ** 16);
  const evaluate = async (): Promise<TaskEvaluation> => {
    const splits: Record<string, SplitEvaluation> = {};
    for (const [split, rows] of Object.entries(run.dev)) {
      splits[split] = await evaluateSplit(predictor, task, rows);
    }
    return { splits };
  };
  return {
    ...{
      engine,
      config,
      objective,
      weights,
      name,
      index,
      reparameterization,
      batches,
      warmup,
      seed,
    },
    steps: stepsOf(options, run.train, epochs),
    evaluationSteps: batches.perEpoch,
    evaluate,
  };
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
