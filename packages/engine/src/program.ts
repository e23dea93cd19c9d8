import type * as tf from '@diffprune/tfjs-core';

/** Shape and element type of an input or output of a program. */
export interface TensorSpec {
  /** Sizes of the axes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** The values of a tensor in row-major order: Float32Array for float32, Int32Array for int32. */
export type TensorData = Float32Array | Int32Array;

/** A tensor of TensorFlow.js, of whichever package's types: those of `@tensorflow/tfjs` are not this package's. */
export type AnyTensor = Pick<tf.Tensor, 'dataId' | 'shape' | 'dtype'>;

/** Named tensors in, named tensors out, made of TensorFlow.js operations, with no other effect. */
export type TensorFunction<T extends AnyTensor = tf.Tensor> = (
  inputs: Record<string, T>,
) => Record<string, T>;

/** A tensor function made ready to run with inputs of fixed shapes. */
export interface Program {
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  /**
   * Runs the function once.
   *
   * @param inputs one array for each input, no more and no less; they are only read
   * @param outputs arrays to be overwritten with the outputs of these names; outputs not named here come in
   *   fresh arrays
   * @returns all outputs; those given come back as the same objects
   * @throws ProgramTensorError where an array is missing, unknown, or of the wrong type or length
   * @throws ProgramError where the runtime fails (an index out of range, memory), or after `dispose`
   */
  run(
    inputs: Record<string, TensorData>,
    outputs?: Record<string, TensorData>,
  ): Promise<Record<string, TensorData>>;
  /** Frees what the program holds. It cannot run again; a second call does nothing. */
  dispose(): Promise<void>;
}

/** Makes programs of tensor functions. */
export interface Engine {
  /** The name it was created by, such as `cpu`. */
  readonly name: string;
  /** What executes its programs, in words, such as `ONNX Runtime` or `WebAssembly, 2 threads, relaxed SIMD`. */
  readonly runtime: string;
  /**
   * @param fn the function; it is called here, once, with tensors of the given shapes
   * @param inputs the name, shape and element type of each input
   * @throws TraceError where the function cannot be made a program of this engine
   * @throws ProgramTensorError where an input's description is not valid
   */
  compile<T extends AnyTensor = tf.Tensor>(
    fn: TensorFunction<T>,
    inputs: Record<string, TensorSpec>,
  ): Promise<Program>;
}
