import * as tf from '@diffprune/tfjs-core';
import { withBackend } from './backend-scope.ts';
import { TraceError } from './errors.ts';
import { Graph, type Value } from './graph.ts';
import type { TensorFunction, TensorSpec } from './program.ts';
import { checkReturned, sizeOf } from './tensors.ts';
import { backendName, registerTraceKernels, TraceBackend } from './trace-backend.ts';

/** A traced function. */
export interface Trace {
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  /** What is to be computed, by name: different values, each the result of a node and not empty. */
  readonly values: Readonly<Record<string, OutputValue>>;
  /** What each output that is not empty is made of, by name. */
  readonly results: Readonly<Record<string, Result>>;
}

/** A value that may leave a program. */
export type OutputValue = Value & TensorSpec;

/** The name of the value that is an output of the function; or those of rows and where they are added up. */
type Result = { readonly whole: string } | { readonly index: string; readonly updates: string };

/**
 * Calls `fn` once with tensors that stand for the inputs, and records the operations that lead to its outputs. Tensors
 * from outside the function become constants.
 *
 * @param keepsOperations whether operations that a runtime has kernels for are nodes (operations/operation.ts)
 * @throws TraceError for kernels without translation, functions that read values, and outputs that are not
 *   float32 or int32 tensors; errors of `fn` itself come through
 */
export function trace(
  fn: TensorFunction,
  inputs: Readonly<Record<string, TensorSpec>>,
  keepsOperations = false,
): Trace {
  if (tf.getBackend() === backendName) throw new TraceError('a function that is being traced cannot compile');
  registerTraceKernels();
  const graph = new Graph();
  const backend = new TraceBackend(graph, keepsOperations);
  // Priority 0: TensorFlow.js never chooses this backend by itself.
  tf.registerBackend(backendName, () => backend, 0);
  try {
    return withBackend(backendName, () => traceOf(graph, call(fn, inputs, backend)));
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
    const returned = callOrRefuse(fn, Object.fromEntries(symbols));
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
function callOrRefuse(fn: TensorFunction, symbols: Record<string, tf.Tensor>): unknown {
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
 * What is to be computed for values of a graph. Each is a value of its own: inputs, constants and what is returned twice
 * are copied.
 *
 * @param outputs values of float32 or int32, by name
 */
export function traceOf(graph: Graph, outputs: Readonly<Record<string, Value>>): Trace {
  const specs: Record<string, TensorSpec> = {};
  const results: Record<string, Result> = {};
  const values: Record<string, OutputValue> = {};
  const taken = new Set<Value>();
  const compute = (name: string, value: Value): string => {
    const own = value.source.kind === 'node' && !taken.has(value);
    values[name] = (own ? value : graph.copy(value, name)) as OutputValue;
    taken.add(value);
    return name;
  };
  for (const [name, value] of Object.entries(outputs)) {
    specs[name] = { shape: value.shape, dtype: value.dtype as TensorSpec['dtype'] };
    if (sizeOf(value.shape) === 0) continue;
    const scatter = graph.scatters.get(value);
    results[name] = scatter
      ? {
          index: compute(`index/${name}`, scatter.index),
          updates: compute(`updates/${name}`, scatter.updates),
        }
      : { whole: compute(`output/${name}`, value) };
  }
  return { outputs: specs, values, results };
}
