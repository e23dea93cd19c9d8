export { createEngine, type EngineOptions } from './create-engine.ts';
export { EngineUnavailableError, ProgramError, ProgramTensorError, TraceError } from './errors.ts';
export type { Engine, Program, TensorData, TensorFunction, TensorSpec } from './program.ts';
export type { OnnxRuntime } from './runtime.ts';
export { valueAndGradients } from './value-and-gradients.ts';
