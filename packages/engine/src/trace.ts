import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from './backend-scope.ts';
import { TraceError } from './errors.ts';
import { Graph, type Value } from './graph.ts';
import { writeModel } from './onnx-model.ts';
import type { TensorFunction, TensorSpec } from './program.ts';
import { checkReturned, sizeOf } from './tensors.ts';
import { backendName, registerTraceKernels, TraceBackend } from './trace-backend.ts';

/** A traced function. */
export interface Trace {
  /** An ONNX model. It has the inputs that are used, and what is needed of the outputs that are not empty. */
  readonly model: Uint8Array;
  /** The inputs that the model has, by their names in the function; see `inputName`. */
  readonly inputs: readonly string[];
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  /** What each output that is not empty is made of, by name. */
  readonly results: Readonly<Record<string, Result>>;
}

/** The model's output that is one of the function; or those whose rows add up to it by index. */
export type Result =
  { readonly whole: ModelOutput } | { readonly index: ModelOutput; readonly updates: ModelOutput };

/** An output of the model: its name there, and what it is. */
export interface ModelOutput extends TensorSpec {
  readonly name: string;
}

/**
 * Calls `fn` once with tensors that stand for the inputs, and writes the operations that lead to its outputs
 * as an ONNX model. Tensors from outside the function become constants.
 *
 * @param stops whether the model has the output `stopName` as well
 * @throws TraceError for kernels without translation, functions that read values, and outputs that are not
 *   float32 or int32 tensors; errors of `fn` itself come through
 */
export function trace(
  fn: TensorFunction,
  inputs: Readonly<Record<string, TensorSpec>>,
  stops = false,
): Trace {
  if (tf.getBackend() === backendName) throw new TraceError('a function that is being traced cannot compile');
  registerTraceKernels();
  const graph = new Graph();
  const backend = new TraceBackend(graph);
  // Priority 0: TensorFlow.js never chooses this backend by itself.
  tf.registerBackend(backendName, () => backend, 0);
  try {
    return withBackend(backendName, () => {
      return traceOf(graph, call(fn, inputs, backend), stops);
    });
  } finally {
    tf.removeBackend(backendName);
  }
}

function call(
  fn: TensorFunction,
  inputs: Readonly<Record<string, TensorSpec>>,
  backend: TraceBackend,
): Record<string, Value> {
  const outputs: Record<string, Value> = {};
  const engine = tf.engine();
  engine.startScope('trace');
  try {
    const symbols = Object.entries(inputs).map(([name, spec]) => {
      const { dataId, shape, dtype } = backend.symbol(backend.graph.input(name, spec));
      return [name, engine.makeTensorFromDataId(dataId, shape, dtype)] as const;
    });
    const returned = calling(fn, Object.fromEntries(symbols));
    if (backend.readAttempt) throw backend.readAttempt;
    for (const [name, tensor] of Object.entries(checkReturned(returned))) {
      outputs[name] = backend.value(tensor);
    }
  } finally {
    engine.endScope();
  }
  return outputs;
}

/** Calls `fn`; a kernel that no backend here has is refused as one without translation is. */
function calling(fn: TensorFunction, symbols: Record<string, tf.Tensor>): unknown {
  try {
    return fn(symbols);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const kernel = /^Kernel '(.*)' not registered for backend/.exec(message)?.[1];
    if (kernel === undefined) throw error;
    throw new TraceError(`TensorFlow.js kernel ${kernel} cannot be compiled: it has no translation to ONNX`, {
      cause: error,
    });
  }
}

/**
 * What `outputs` need of a graph, as a trace.
 *
 * @param outputs values of float32 or int32, by name
 * @param stops whether the model has the output `stopName` as well
 */
export function traceOf(graph: Graph, outputs: Readonly<Record<string, Value>>, stops: boolean): Trace {
  const specs = Object.entries(outputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]);
  const { results, values } = modelOutputs(graph, outputs);
  const { bytes, inputs } = writeModel(values, stops);
  return { model: bytes, inputs, outputs: Object.fromEntries(specs), results };
}

/** The outputs of the model, each a value of its own: inputs, constants and what is returned twice are copied. */
function modelOutputs(graph: Graph, outputs: Readonly<Record<string, Value>>) {
  const results: Record<string, Result> = {};
  const values: Record<string, Value> = {};
  const taken = new Set<Value>();
  const add = (name: string, value: Value): ModelOutput => {
    const own = value.source.kind === 'node' && !taken.has(value);
    values[name] = own ? value : graph.copy(value, name);
    taken.add(value);
    return { name, shape: value.shape, dtype: value.dtype as TensorSpec['dtype'] };
  };
  for (const [name, value] of Object.entries(outputs)) {
    if (sizeOf(value.shape) === 0) continue;
    const scatter = graph.scatters.get(value);
    results[name] = scatter
      ? { index: add(`index/${name}`, scatter.index), updates: add(`updates/${name}`, scatter.updates) }
      : { whole: add(`output/${name}`, value) };
  }
  return { results, values };
}
