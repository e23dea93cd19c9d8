import {
  adapterParameters,
  baseParameters,
  countParameters,
  headParameters,
  initializeParameters,
  programParameters,
  type Adapters,
  type EncoderConfig,
  type Head,
  type ParameterSpec,
} from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import { batchesPerEpoch, type Features, type RowOutputs } from '@diffprune/glue';
import { headOf, Predictor } from '@diffprune/inference';
import type { CommonOptions } from './common-options.ts';
import {
  projectionArrays,
  projectionEvent,
  projectionIn,
  type Projected,
  type ProjectionEvent,
} from './handed-projection.ts';
import type { State } from './learner.ts';
import { DenseParameters } from './learners/dense-parameters.ts';
import { createModel, type Model, type TensorSource } from './model.ts';
import type { LabelledObjective } from './objective.ts';
import { withGradient, type Parameter, type TrainedParameter } from './parameter-memory.ts';
import type { SparseDelta } from './projection.ts';
import type { DiffTensor } from '@diffprune/sparse-diff';
import { SnapshotError, type Snapshot } from './snapshot.ts';
import {
  EvaluationError,
  runStage,
  type EvaluationEvent,
  type Progress,
  type StageLearning,
  type StagePlan,
  type StageRun,
  type StepEvent,
} from './stage.ts';
import { TaskBatches } from './task-batches.ts';
import { evaluateTask, type TaskEvaluation, type TaskSplits } from './task-evaluation.ts';
import { taskObjective } from './task-objective.ts';

/** What a run trains, on what, and where it computes; the answers are those of its task. */
export interface LabRun<Answer = unknown> extends TaskSplits<Answer> {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  /** Values of all base parameters by canonical name: each is asked for once, and copied. */
  readonly base: TensorSource;
  readonly train: Features;
  /** What a teacher's model gives for each row of `train`, where it is to be learnt from; see `Predictor.outputs`. */
  readonly teacher?: RowOutputs | undefined;
  /**
   * Is told of each evaluation of a model that the run could end with: of the last stage, and, where weights are pruned in
   * it, after the last of them.
   *
   * @param diff what the run would leave; it may lie in the run's own memory, and is to be used before the promise is kept
   * @returns whether the run is to end with it
   */
  review?(evaluation: TaskEvaluation<Answer> & Progress, diff: () => readonly DiffTensor[]): Promise<boolean>;
}

/** What happens in training, in order. */
export type TrainingEvent<Answer = unknown> =
  StepEvent | EvaluationEvent<TaskEvaluation<Answer>> | ProjectionEvent;

/**
 * Standard deviation of fresh adapters' weights (Houlsby et al., section 3): near 0, so that the model begins as the
 * base.
 */
const adapterDeviation = 0.01;

/**
 * What a method has to work with: the model, the data, and stages in which learners learn. A run that goes on from a
 * snapshot passes over what was done before it.
 */
export class Lab {
  readonly head: Head;
  /** The model that is trained: the base's, with the method's adapters. */
  readonly config: EncoderConfig;
  /** What each stage minimises. */
  readonly objective: LabelledObjective;
  /** What went wrong after the last step of the last stage, where something did. */
  evaluationError: EvaluationError | undefined;
  #model: Model | undefined;
  #predictor: Predictor | undefined;
  #handedOver: State = new Map();
  /** Where to go on, as long as that is still to come. */
  #from: Snapshot | undefined;

  /**
   * @param plan the method's stages
   * @param adapters that the model has beside the base
   * @throws SnapshotError for a snapshot of a stage that is not among them; RangeError for rows without labels;
   *   TeacherError for a teacher's outputs that are not for these rows or this head
   */
  constructor(
    readonly run: LabRun,
    readonly options: CommonOptions,
    readonly plan: readonly StagePlan[],
    from: Snapshot | undefined,
    adapters?: Adapters,
  ) {
    this.head = headOf(run.task);
    this.config = { ...run.config, adapters };
    this.objective = taskObjective(run, options);
    this.#from = from;
    if (from !== undefined && !plan.some(({ name }) => name === from.stage)) {
      const names = plan.map(({ name }) => name).join(', ');
      throw new SnapshotError(`the checkpoint is of stage "${from.stage}", but the run's are ${names}`);
    }
  }

  /**
   * Lays the model out in memory.
   *
   * @param arraysOf how many arrays one of the base's parameters takes beside its weights; 0 for one that is frozen, as
   *   what the head does not read always is
   * @returns the others, and adapters and the head, which are always trained, from values that the seed gives them
   * @throws RangeError naming a parameter that is missing or of another size
   */
  async load(arraysOf: (spec: ParameterSpec) => number): Promise<{
    readonly trained: TrainedParameter[];
    readonly adapters: DenseParameters;
    readonly head: DenseParameters;
  }> {
    const { engine, base } = this.run;
    const { config } = this;
    const { seed, batchSize } = this.options;
    const fresh = new Map([
      ...initializeParameters(headParameters(config, this.head), config, seed),
      ...initializeParameters(adapterParameters(config), { initializerRange: adapterDeviation }, seed),
    ]);
    const source: TensorSource = { get: (name) => fresh.get(name) ?? base.get(name) };
    const read = new Set(programParameters(config, this.head).map(({ name }) => name));
    const arrays = (spec: ParameterSpec): number => {
      if (fresh.has(spec.name)) return DenseParameters.arrays;
      return read.has(spec.name) ? arraysOf(spec) : 0;
    };
    const model = await createModel(config, this.head, source, arrays);
    this.#model = model;
    this.#predictor = new Predictor(engine, config, this.head, model.weights, batchSize);
    const trained = model.base.filter(({ spec }) => arrays(spec) > 0).map(withGradient);
    const dense = (parameters: readonly Parameter[]) => new DenseParameters(parameters.map(withGradient));
    return { trained, adapters: dense(model.adapters), head: dense(model.head) };
  }

  /** d, the base's parameters. */
  get baseSize(): number {
    return countParameters(baseParameters(this.run.config));
  }

  /** The optimiser steps of a stage. */
  steps(stage: string): number {
    const { batchSize, maxSteps = Infinity } = this.options;
    const { epochs } = this.plan.find(({ name }) => name === stage)!;
    return Math.min(epochs * batchesPerEpoch(this.run.train.size, batchSize), maxSteps);
  }

  /**
   * Has learners learn in one of the plan's stages, and evaluates at the end of each epoch. Stages that were done before
   * the snapshot that the run goes on from are passed over.
   */
  stage(name: string, learning: StageLearning): AsyncGenerator<TrainingEvent, void> {
    return this.#stage(name, learning);
  }

  /**
   * As {@link stage}, for the last one, which may end early (see `review`).
   *
   * @param diff what has been learnt, at any time from `settled` on
   * @param settled the steps after which the model is of the kind that the method leaves: pruned as far as it is to be
   * @returns the diff
   */
  async *lastStage(
    name: string,
    learning: StageLearning,
    diff: () => DiffTensor[],
    settled = 0,
  ): AsyncGenerator<TrainingEvent, DiffTensor[]> {
    const { run } = this;
    yield* this.#stage(name, learning, async (evaluation, at) => {
      if (at.step < settled && at.step < at.steps) return false;
      return (await run.review?.({ ...evaluation, ...at }, diff)) ?? false;
    });
    return diff();
  }

  async *#stage(
    name: string,
    learning: StageLearning,
    ends?: StageRun<TaskEvaluation>['ends'],
  ): AsyncGenerator<TrainingEvent, void> {
    const from = this.#from;
    if (from !== undefined && from.stage !== name) return;
    this.#from = undefined;
    const index = this.plan.findIndex((stage) => stage.name === name);
    const later = this.plan.slice(index + 1);
    const { engine, train } = this.run;
    const { config } = this;
    const { warmup, seed } = this.options;
    // epochs are numbered through the stages, so that each has an order of its own
    const batches = new TaskBatches(train, config.positions, this.options, index * 2 ** 16, this.objective);
    try {
      yield* runStage(
        {
          ...learning,
          engine,
          config,
          objective: this.objective,
          weights: this.#model!.weights,
          name,
          index,
          batches,
          warmup,
          seed,
          steps: this.steps(name),
          laterSteps: later.reduce((sum, stage) => sum + this.steps(stage.name), 0),
          evaluationSteps: batches.perEpoch,
          handedOver: this.#handedOver,
          evaluate: (samples) => evaluateTask(this.run, this.#predictor!, samples),
          ...(ends && { ends }),
        },
        from,
      );
    } catch (error) {
      if (!(error instanceof EvaluationError) || later.length > 0) throw error;
      this.evaluationError = error; // what was learnt is not lost
    }
  }

  /**
   * Cuts a dense diff down to a sparse one, which later stages' checkpoints hold; one that the run goes on from gives it
   * back.
   */
  async *projection(project: () => Projected): AsyncGenerator<TrainingEvent, SparseDelta> {
    if (this.#from !== undefined) {
      const delta = projectionIn(this.#from);
      this.#handedOver = projectionArrays(delta);
      return delta;
    }
    const made = project();
    this.#handedOver = projectionArrays(made.delta);
    yield projectionEvent(made);
    return made.delta;
  }

  async dispose(): Promise<void> {
    await this.#predictor?.dispose();
  }
}
