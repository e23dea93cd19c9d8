export { createEngine } from './create-engine.ts';
export { EngineUnavailableError, ProgramError, ProgramTensorError, TraceError } from './errors.ts';
export type { EngineOptions, OnnxRuntime } from './engine-options.ts';
export type { AnyTensor, Engine, Program, TensorData, TensorFunction, TensorSpec } from './program.ts';
export { valueAndGradients } from './value-and-gradients.ts';
export { attention, type AttentionStates } from './operations/attention.ts';
export { embed, type EmbeddingTables } from './operations/embed.ts';
export { layerNorm } from './operations/layer-norm.ts';
export { linear } from './operations/linear.ts';
export { createResidentEngine, type ResidentEngine } from './resident/resident-engine.ts';
export { Overlay, type WeightChange } from './resident/overlay.ts';
export {
  DeviceLostError,
  halfFormat,
  OutOfMemoryError,
  type HalfFormat,
  type WeightLayout,
} from '@diffprune/inference-kernels';
export type { ResidentWeights } from './resident/weights.ts';
