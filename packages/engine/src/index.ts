export { createEngine } from './create-engine.ts';
export { EngineUnavailableError, ProgramError, ProgramTensorError, TraceError } from './errors.ts';
export type { EngineOptions, OnnxRuntime } from './engine-options.ts';
export type { Engine, Program, TensorData, TensorFunction, TensorSpec } from './program.ts';
export { valueAndGradients } from './value-and-gradients.ts';
