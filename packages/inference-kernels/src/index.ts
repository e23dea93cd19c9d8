export { Allocator } from './allocator.ts';
export { InferenceKernelError } from './errors.ts';
export { KernelMemory, type MemoryOptions } from './memory.ts';
export type { Phase, Plan } from './run-phases.ts';
export {
  addStep,
  attentionStep,
  copyStep,
  embedStep,
  layerNormStep,
  linearStep,
  paddedSize,
  strideOf,
  type Activation,
  type AttentionShape,
  type Embedding,
  type Rows,
  type Step,
} from './steps.ts';
export { hasRelaxedSimd } from './wasm.ts';
