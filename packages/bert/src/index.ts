export { type Adapters, createAdapters } from './adapters.ts';
export type { DropoutMask, EncodeOptions, EncoderConfig, SubLayer, SubLayerHook } from './architecture.ts';
export {
  adapterParameters,
  baseParameters,
  configDifference,
  type ConfigDifference,
  encode,
  modelPart,
  parseConfig,
  pool,
  serializeConfig,
  withoutDropout,
} from './architectures.ts';
export { bert, type BertConfig } from './bert.ts';
export { BertConfigError } from './config-fields.ts';
export {
  constantDistilledLoss,
  distilledLoss,
  type DistillationWeights,
  teacherInputs,
} from './distillation.ts';
export type { BatchShape, Labels } from './head.ts';
export {
  addedParameters,
  constantLoss,
  createHead,
  type Head,
  type HeadKind,
  headParameters,
  headTitle,
  programParameters,
  scoresExamples,
} from './heads.ts';
export { initializeParameters } from './initialize.ts';
export { type NamedTensors } from './layers.ts';
export { crossEntropyLoss, meanSquaredErrorLoss } from './loss.ts';
export {
  type ParameterKind,
  type ParameterRole,
  countParameters,
  parameterSize,
  type ParameterSpec,
  type Tensors,
} from './parameters.ts';
export {
  batchInputs,
  dropoutMasks,
  headLoss,
  labelInputs,
  type Loss,
  predictFunction,
  predictInputs,
  rowsRead,
  trainFunction,
  trainInputs,
} from './program.ts';
export { type BertNormalizer, normalizeText, splitWords } from './bert-normalizer.ts';
export { type AddedToken } from './added-tokens.ts';
export {
  createTokenizer,
  type EncodedText,
  type Tokenizer,
  type TokenizerFiles,
  VocabularyError,
} from './tokenizer.ts';
export { type TokenizerDescription } from './tokenizer-description.ts';
export { exportTokenizerFiles } from './tokenizer-export.ts';
export { tokenizerFileNames } from './tokenizer-files.ts';
export { checkpointFiles, weightFiles } from './weights.ts';
export { CheckpointError } from './checkpoint-error.ts';
export {
  type Checkpoint,
  type LoadedCheckpoint,
  type OpenCheckpoint,
  openCheckpoint,
  readCheckpoint,
} from './checkpoint.ts';
export { memoryFiles, type ModelFiles } from './model-files.ts';
