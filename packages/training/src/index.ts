export { allocateParameters, withBase, withGradient } from './parameter-memory.ts';
export type { DiffParameter, Layout, Parameter, TrainedParameter } from './parameter-memory.ts';
export { headOf } from './model.ts';
export { methods } from './methods.ts';
export type { Method, MethodName } from './methods.ts';
export { OptionError, defaultL0Penalty, defaultOptions, validateOptions } from './options.ts';
export type { TrainingOptions } from './options.ts';
export { softmax, toPredictions } from './predictions.ts';
export { Predictor } from './predictor.ts';
export { project } from './projection.ts';
export type { SparseDelta } from './projection.ts';
export type { Reparameterization, UpdateReport } from './reparameterization.ts';
export { density, toDiffTensors } from './result.ts';
export { clipFactor, linearSchedule } from './schedule.ts';
export { SnapshotError } from './snapshot.ts';
export type { Snapshot } from './snapshot.ts';
export { loadSnapshot, saveSnapshot } from './snapshot-file.ts';
export { DivergenceError } from './run-stage.ts';
export type { StageName } from './run-stage.ts';
export { fingerprintTokenizer } from './tokenizer-fingerprint.ts';
export { train } from './train.ts';
export type {
  EvaluationSplit,
  SplitEvaluation,
  TrainingEvent,
  TrainingResult,
  TrainingRun,
} from './train.ts';
export { bertWords } from './bert-words.ts';
export { MaskedBatches } from './masked-batches.ts';
export type { TokenText } from './masked-batches.ts';
export type { MaskedLmEvaluation } from './masked-lm-evaluator.ts';
export type { MaskingVocabulary } from './masking.ts';
export { pretrain } from './pretrain.ts';
export type { PretrainingEvent, PretrainingRun } from './pretrain.ts';
export { defaultPretrainingOptions, validatePretraining } from './pretraining-options.ts';
export type { PretrainingOptions } from './pretraining-options.ts';
export { trainVocabulary, VocabularySizeError } from './vocabulary.ts';
