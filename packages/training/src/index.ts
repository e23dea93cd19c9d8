export { allocateParameters, withBase, withGradient } from './parameter-memory.ts';
export type { DiffParameter, Parameter, TrainedParameter } from './parameter-memory.ts';
export type { SampledScores } from './evaluate-samples.ts';
export { evaluateSplit } from './evaluate-split.ts';
export type { EvaluationSplit, SplitEvaluation } from './evaluate-split.ts';
export { createModel, handOver } from './model.ts';
export type { Model, TensorSource } from './model.ts';
export { TeacherError } from './distillation.ts';
export { checkTaught } from './distillation-options.ts';
export { loadTeacherOutputs, saveTeacherOutputs } from './teacher-file.ts';
export { headObjective, labelledObjective } from './objective.ts';
export type { LabelledObjective, Objective } from './objective.ts';
export { commonOptions } from './common-options.ts';
export type { CommonOptions } from './common-options.ts';
export {
  completeOptions,
  describeOptions,
  findMethod,
  methodsWith,
  optionsOf,
  validateOptions,
} from './method-options.ts';
export type { CompleteOptions, TrainingOptions } from './method-options.ts';
export { defaultMethod, methodNames, methods } from './methods/registry.ts';
export type { MethodName } from './methods/registry.ts';
export type { Course, Measure, Method } from './method.ts';
export {
  bound,
  checkOption,
  defaultsOf,
  finite,
  fraction,
  integerFrom,
  nonNegative,
  OptionError,
  positive,
  positiveInteger,
  showOption,
} from './options.ts';
export type { Option, OptionTable, OptionValue, OptionValues, RunSize, ValuesOf } from './options.ts';
export { project } from './projection.ts';
export type { PerEntry, SparseDelta } from './projection.ts';
export type { Backward, Draw, Learner, Measured, Samples, State } from './learner.ts';
export { DenseParameters } from './learners/dense-parameters.ts';
export { clipFactor, Optimiser, weightGroup } from './optimiser.ts';
export type { ParameterGroup, ParameterGroups } from './optimiser.ts';
export { density, entriesChanged, entriesPruned } from './result.ts';
export { linearSchedule } from './schedule.ts';
export { SnapshotError } from './snapshot.ts';
export type { Snapshot, SnapshotArrays } from './snapshot.ts';
export { loadSnapshot, saveSnapshot } from './snapshot-file.ts';
export type { BatchSource, StepBatch } from './batch-source.ts';
export { DivergenceError, EvaluationError, runStage } from './stage.ts';
export type {
  Controller,
  EvaluationEvent,
  Progress,
  StageLearning,
  StagePlan,
  StageRun,
  StepEvent,
} from './stage.ts';
export { taskObjective } from './task-objective.ts';
export type { ProjectionEvent } from './handed-projection.ts';
export type { TrainingEvent } from './lab.ts';
export type { TaskEvaluation } from './task-evaluation.ts';
export { train, UnevaluatedError } from './train.ts';
export type { TrainingRun } from './train.ts';
