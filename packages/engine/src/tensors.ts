import type * as tf from '@diffprune/tfjs-core';
import { ProgramTensorError, TraceError } from './errors.ts';
import type { TensorData, TensorSpec } from './program.ts';

const arrayTypes = { float32: Float32Array, int32: Int32Array };

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/** A new array for a tensor. */
export function arrayOf({ shape, dtype }: TensorSpec): TensorData {
  return new arrayTypes[dtype](sizeOf(shape));
}

/** @throws ProgramTensorError for a name, shape or element type that no program can have */
export function checkSpecs(specs: Readonly<Record<string, TensorSpec>>): void {
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    if (name === '') throw new ProgramTensorError(name, 'an input has an empty name; give it one');
    if (!Object.hasOwn(arrayTypes, dtype)) {
      throw new ProgramTensorError(name, `input '${name}' has dtype ${dtype}; use float32 or int32`);
    }
    if (!shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0) || sizeOf(shape) >= 2 ** 31) {
      throw new ProgramTensorError(
        name,
        `input '${name}' has shape [${shape}]; axes are whole numbers, with fewer than 2^31 elements in all`,
      );
    }
  }
}

function describe({ shape, dtype }: TensorSpec): string {
  return `a ${arrayTypes[dtype].name} of ${sizeOf(shape)} elements, shape [${shape}]`;
}

function checkArray(kind: string, name: string, spec: TensorSpec, data: TensorData): void {
  const found = (data as object | null)?.constructor.name ?? String(data);
  if (!(data instanceof arrayTypes[spec.dtype])) {
    throw new ProgramTensorError(name, `${kind} '${name}' is ${found}; expected ${describe(spec)}`);
  }
  if (data.length !== sizeOf(spec.shape)) {
    throw new ProgramTensorError(
      name,
      `${kind} '${name}' has ${data.length} elements; expected ${describe(spec)}`,
    );
  }
}

function checkKnown(kind: string, specs: Readonly<Record<string, TensorSpec>>, arrays: object): void {
  for (const name of Object.keys(arrays)) {
    if (!Object.hasOwn(specs, name)) {
      const known = Object.keys(specs).join(', ') || 'none';
      throw new ProgramTensorError(name, `'${name}' is no ${kind} of this program; it has: ${known}`);
    }
  }
}

/** @throws ProgramTensorError unless there is exactly one fitting array for each input */
export function checkInputs(
  specs: Readonly<Record<string, TensorSpec>>,
  inputs: Readonly<Record<string, TensorData>>,
): void {
  checkKnown('input', specs, inputs);
  for (const [name, spec] of Object.entries(specs)) {
    const data = inputs[name];
    if (data === undefined)
      throw new ProgramTensorError(name, `input '${name}' is missing; give ${describe(spec)}`);
    checkArray('input', name, spec, data);
  }
}

/**
 * The arrays that a run writes to: the caller's, and fresh ones for the other outputs.
 *
 * @throws ProgramTensorError where an array of the caller's fits no output, or is there for two
 */
export function prepareOutputs(
  specs: Readonly<Record<string, TensorSpec>>,
  arrays: Readonly<Record<string, TensorData>>,
): Record<string, TensorData> {
  checkKnown('output', specs, arrays);
  const outputs: Record<string, TensorData> = {};
  const seen = new Map<TensorData, string>();
  for (const [name, spec] of Object.entries(specs)) {
    const data = arrays[name] ?? arrayOf(spec);
    checkArray('output', name, spec, data);
    const other = seen.get(data);
    if (other !== undefined) {
      throw new ProgramTensorError(
        name,
        `outputs '${other}' and '${name}' are the same array; give each its own`,
      );
    }
    seen.set(data, name);
    outputs[name] = data;
  }
  return outputs;
}

/**
 * What a tensor function returned, checked: a record of tensors of element types that may leave a program.
 *
 * @throws TraceError naming the output at fault
 */
export function checkReturned(returned: unknown): Record<string, tf.Tensor> {
  if (returned instanceof Promise) {
    throw new TraceError('the function returned a promise; it must compute its outputs synchronously');
  }
  if (typeof returned !== 'object' || returned === null) {
    throw new TraceError(`the function returned ${String(returned)}; expected a record of named tensors`);
  }
  const outputs = Object.entries(returned as Record<string, tf.Tensor | undefined>);
  if (outputs.length === 0) throw new TraceError('the function returned no output; return at least one');
  for (const [name, tensor] of outputs) {
    if (typeof tensor !== 'object' || !('dataId' in tensor)) {
      throw new TraceError(`the function's output '${name}' is not a tensor`);
    }
    if (!Object.hasOwn(arrayTypes, tensor.dtype)) {
      throw new TraceError(`the function's output '${name}' is ${tensor.dtype}; cast it to float32 or int32`);
    }
  }
  return returned as Record<string, tf.Tensor>;
}
