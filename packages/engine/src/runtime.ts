import type { TensorData, TensorFunction, TensorSpec } from './program.ts';

/** What executes functions. What is peculiar to one stands in its file in `runtimes/`, and nowhere else. */
export interface Runtime {
  /**
   * Makes `fn` ready to run. It is called here, once.
   *
   * @param inputs checked
   */
  load(fn: TensorFunction, inputs: Readonly<Record<string, TensorSpec>>): Promise<LoadedFunction>;
}

/** A function made ready to run. */
export interface LoadedFunction {
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  /**
   * @param inputs one fitting array for each input, only read
   * @param outputs one fitting array for each output, overwritten
   */
  run(inputs: Arrays, outputs: Arrays): Promise<void>;
  /** Frees what it holds; nothing is called afterwards. */
  release(): Promise<void>;
}

/** Tensors' values by name. */
export type Arrays = Readonly<Record<string, TensorData>>;
