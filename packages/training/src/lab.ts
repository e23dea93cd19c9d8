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
import type { Evaluation } from '@diffprune/evaluators';
import { batchesPerEpoch, type Features, type RowOutputs, type TaskType } from '@diffprune/glue';
import { headOf, Predictor } from '@diffprune/inference';
import type { CommonOptions } from './common-options.ts';
import { distilledObjective } from './distillation.ts';
import { sampleScores, type SampledScores } from './evaluate-samples.ts';
import { evaluateSplit, type EvaluationSplit, type SplitEvaluation } from './evaluate-split.ts';
import type { Measured, Samples, State } from './learner.ts';
import { DenseParameters } from './learners/dense-parameters.ts';
import { createModel, type Model, type TensorSource } from './model.ts';
import { labelledObjective, type LabelledObjective } from './objective.ts';
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

/** What a run trains, on what, and where it computes; the answers are those of its task. */
export interface LabRun<Answer = unknown> {
  readonly engine: Engine;
  readonly config: EncoderConfig;
  /** What its examples are encoded by, and its answers scored; for GLUE's tasks see `textTask`. */
  readonly task: TaskType<unknown, Answer>;
  /** Values of all base parameters by canonical name: each is asked for once, and copied. */
  readonly base: TensorSource;
  readonly train: Features;
  /** What a teacher's model gives for each row of `train`, where it is to be learnt from; see `Predictor.outputs`. */
  readonly teacher?: RowOutputs | undefined;
  /** The splits to evaluate on at the end of each epoch, by name. */
  readonly dev: Readonly<Record<string, EvaluationSplit>>;
  /** Is told how many of all rows of a split are done as it is evaluated, batch by batch. */
  onRows?(split: string, done: number, rows: number): void;
  /**
   * Is told of each evaluation of a model that the run could end with: of the last stage, and, where weights are pruned in
   * it, after the last of them.
   *
   * @param diff what the run would leave; it may lie in the run's own memory, and is to be used before the promise is kept
   * @returns whether the run is to end with it
   */
  review?(evaluation: TaskEvaluation<Answer> & Progress, diff: () => readonly DiffTensor[]): Promise<boolean>;
}

/** The scores of each split. */
export interface TaskEvaluation<Answer = unknown> {
  readonly splits: Readonly<Record<string, SplitEvaluation<Answer>>>;
  /** Of a random θ', what several samples of it score, that of `splits` among them; after a stage's last step alone. */
  readonly samples?: Readonly<Record<string, SampledScores>>;
}

/** A dense diff was cut down to a sparse one. */
export interface ProjectionEvent {
  readonly kind: 'projection';
  /** Entries kept. */
  readonly kept: number;
  /** Those of them that are not zero. */
  readonly nonzero: number;
  /** What the method measures at this point, by name. */
  readonly measured: Measured;
  /** How many gates are open with which probability, in equal parts of [0, 1], where there are gates. */
  readonly gates?: readonly number[] | undefined;
}

/** What happens in training, in order. */
export type TrainingEvent<Answer = unknown> =
  StepEvent | EvaluationEvent<TaskEvaluation<Answer>> | ProjectionEvent;

/** What a projection makes, with what is to be said of it. */
export interface Projected {
  readonly delta: SparseDelta;
  readonly measured?: Measured;
  readonly gates?: readonly number[];
}

/**
 * What a run minimises: its head's loss, with a part of it learnt from the teacher where there is one.
 *
 * @throws RangeError for rows without labels; TeacherError for a teacher's outputs that are not for these rows
 */
export function taskObjective(
  { task, train, teacher }: Pick<LabRun, 'task' | 'train' | 'teacher'>,
  { distillation, temperature }: Pick<CommonOptions, 'distillation' | 'temperature'>,
): LabelledObjective {
  if (train.labels === undefined) throw new RangeError('rows without labels cannot be trained on');
  const objective = labelledObjective(headOf(task), train.labels);
  if (teacher === undefined || distillation === undefined || temperature === undefined) return objective;
  return distilledObjective(objective, { outputs: teacher, distillation, temperature }, train.size);
}

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
          evaluate: (samples) => this.#evaluate(samples),
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
      const delta = projected(this.#from);
      this.#handedOver = arraysOf(delta);
      return delta;
    }
    const { delta, measured = {}, gates } = project();
    this.#handedOver = arraysOf(delta);
    yield { kind: 'projection', ...count(delta), measured, gates };
    return delta;
  }

  async #evaluate(samples: Samples | undefined): Promise<TaskEvaluation> {
    const splits = await this.#evaluateSplits();
    if (samples === undefined) return { splits };
    const all: Record<string, Evaluation>[] = [splits];
    for (let sample = 1; sample < samples.count; sample++) {
      samples.draw(sample);
      const others = Object.entries(await this.#evaluateSplits());
      all.push(Object.fromEntries(others.map(([split, { scores, main }]) => [split, { scores, main }])));
    }
    samples.draw(0);
    return { splits, samples: sampleScores(all) };
  }

  async #evaluateSplits(): Promise<Readonly<Record<string, SplitEvaluation<unknown>>>> {
    const splits: Record<string, SplitEvaluation<unknown>> = {};
    const { dev, task } = this.run;
    for (const [split, rows] of Object.entries(dev)) {
      splits[split] = await evaluateSplit(this.#predictor!, task, rows, (done) => {
        this.run.onRows?.(split, done, rows.features.size);
      });
    }
    return splits;
  }

  async dispose(): Promise<void> {
    await this.#predictor?.dispose();
  }
}

const [prefix, positionsOf, valuesOf] = ['projection/', '/positions', '/values'];

/** A sparse diff as a checkpoint holds it. */
function arraysOf(delta: SparseDelta): State {
  return new Map(
    [...delta].flatMap(([name, { positions, values }]): [string, Float32Array | Uint32Array][] => [
      [`${prefix}${name}${positionsOf}`, positions],
      [`${prefix}${name}${valuesOf}`, values],
    ]),
  );
}

/** The sparse diff that {@link arraysOf} put into a snapshot. */
function projected({ arrays }: Snapshot): SparseDelta {
  return new Map(
    [...arrays.keys()].flatMap((key) => {
      if (!key.startsWith(prefix) || !key.endsWith(positionsOf)) return [];
      const name = key.slice(prefix.length, -positionsOf.length);
      const [positions, values] = [arrays.get(key), arrays.get(`${prefix}${name}${valuesOf}`)];
      if (!(positions instanceof Uint32Array && values instanceof Float32Array)) {
        throw new SnapshotError(`the checkpoint lacks the projection's ${name}`);
      }
      return [[name, { positions, values }]];
    }),
  );
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
