export {
  type BertConfig,
  BertConfigError,
  configDifference,
  type ConfigDifference,
  parseConfig,
  serializeConfig,
} from './config.ts';
export {
  baseParameters,
  type Head,
  headParameters,
  type ParameterKind,
  parameterSize,
  type ParameterSpec,
  programParameters,
  type Tensors,
} from './parameters.ts';
export { initializeParameters } from './initialize.ts';
export {
  batchInputs,
  type BatchShape,
  type DropoutMask,
  dropoutMasks,
  labelInputs,
  predictInputs,
  trainInputs,
} from './inputs.ts';
export { type NamedTensors } from './layers.ts';
export { encode, type EncodeOptions, pool } from './model.ts';
export {
  classificationLogits,
  maskedLmLogits,
  nextSentenceLogits,
  regressionLogits,
  spanLogits,
} from './heads.ts';
export { crossEntropyLoss, meanSquaredErrorLoss, spanLoss } from './loss.ts';
export { predictFunction, trainFunction } from './program.ts';
export { rowsRead } from './rows-read.ts';
export { type BertNormalizer, normalizeText, splitWords } from './bert-normalizer.ts';
export { type AddedToken } from './added-tokens.ts';
export { createTokenizer, type Tokenizer, type TokenizerFiles, VocabularyError } from './tokenizer.ts';
export { type TokenizerDescription } from './tokenizer-description.ts';
export { exportTokenizerFiles } from './tokenizer-export.ts';
export { checkpointFiles } from './weights.ts';
export { CheckpointError } from './checkpoint-error.ts';
export { type Checkpoint, loadCheckpoint, type LoadedCheckpoint, writeCheckpoint } from './checkpoint.ts';
