import * as tf from '@tensorflow/tfjs';
import { withBackend } from './backend-scope.ts';
import { TraceError } from './errors.ts';
import { Graph, type Value } from './graph.ts';
import { type OnnxModel, writeModel } from './onnx-model.ts';
import type { TensorFunction, TensorSpec } from './program.ts';
import { checkReturned } from './tensors.ts';
import { backendName, registerTraceKernels, TraceBackend } from './trace-backend.ts';

/** A traced function: the model, and what it gives. */
export interface Trace {
  readonly model: OnnxModel;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
}

/**
 * Calls `fn` once with tensors that stand for the inputs, and writes the operations that lead to its outputs
 * as an ONNX model. Tensors from outside the function become constants.
 *
 * @throws TraceError for kernels without translation, functions that read values, and outputs that are not
 *   float32 or int32 tensors; errors of `fn` itself come through
 */
export function trace(fn: TensorFunction, inputs: Readonly<Record<string, TensorSpec>>): Trace {
  if (tf.getBackend() === backendName) throw new TraceError('a function that is being traced cannot compile');
  registerTraceKernels();
  const graph = new Graph();
  const backend = new TraceBackend(graph);
  // Priority 0: TensorFlow.js never chooses this backend by itself.
  tf.registerBackend(backendName, () => backend, 0);
  try {
    return withBackend(backendName, () => {
      const outputs = call(fn, inputs, backend);
      const specs = Object.entries(outputs).map(([name, { shape, dtype }]) => [name, { shape, dtype }]);
      return { model: writeModel(distinct(graph, outputs)), outputs: Object.fromEntries(specs) };
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
    const returned = fn(Object.fromEntries(symbols));
    if (backend.readAttempt) throw backend.readAttempt;
    for (const [name, tensor] of Object.entries(checkReturned(returned))) {
      outputs[name] = backend.value(tensor);
    }
  } finally {
    engine.endScope();
  }
  return outputs;
}

/** The outputs as values of their own: copies of inputs, of constants, and of what is returned twice. */
function distinct(graph: Graph, outputs: Readonly<Record<string, Value>>): Record<string, Value> {
  const taken = new Set<Value>();
  const result: Record<string, Value> = {};
  for (const [name, value] of Object.entries(outputs)) {
    const own = value.source.kind === 'node' && !taken.has(value);
    result[name] = own ? value : graph.copy(value, name);
    taken.add(value);
  }
  return result;
}
