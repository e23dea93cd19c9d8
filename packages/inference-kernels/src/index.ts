export { Allocator } from './allocator.ts';
export { DeviceLostError, InferenceKernelError, OutOfMemoryError } from './errors.ts';
export { createMemory, type MemoryOptions } from './create-memory.ts';
export { halfFormat, type HalfFormat } from './half.ts';
export {
  segmentOf,
  type KernelMemory,
  type PlanInput,
  type PlanOutput,
  type WeightLayout,
  type Weights,
} from './memory.ts';
export type { Phase, Plan } from './run-phases.ts';
export {
  addressOf,
  addStep,
  attentionStep,
  copyStep,
  embedStep,
  exchangeStep,
  gatherStep,
  layerNormStep,
  linearStep,
  paddedSize,
  scatterStep,
  strideOf,
  type Activation,
  type AttentionShape,
  type Embedding,
  type Rows,
  type Step,
} from './steps.ts';
export { hasRelaxedSimd } from './wasm.ts';
export { WasmMemory, type WasmMemoryOptions } from './wasm-memory.ts';
