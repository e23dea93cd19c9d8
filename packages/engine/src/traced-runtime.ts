import type { TensorData } from './program.ts';
import type { Arrays, LoadedFunction, Runtime } from './runtime.ts';
import { addRows } from './scatter.ts';
import { arrayOf } from './tensors.ts';
import { trace, type OutputValue, type Trace } from './trace.ts';

/** A graph made ready to run. */
export interface Session {
  /**
   * @param inputs those of the traced function; the graph may use only some of them
   * @param outputs an array for each of its values, overwritten
   */
  run(inputs: Arrays, outputs: Arrays): Promise<void>;
  release(): Promise<void>;
}

/** Makes a graph ready to run that computes `values` of a trace. */
export type LoadGraph = (values: Readonly<Record<string, OutputValue>>) => Promise<Session>;

/** A runtime that traces each function, and executes the graph. */
export function tracedRuntime(loadGraph: LoadGraph): Runtime {
  return { load: (fn, inputs) => loadTrace(loadGraph, trace(fn, inputs)) };
}

/** Makes a traced function ready to run. */
export async function loadTrace(loadGraph: LoadGraph, traced: Trace): Promise<LoadedFunction> {
  const { outputs, values, results } = traced;
  // Nothing to compute where all outputs are empty.
  const session = Object.keys(values).length === 0 ? undefined : await loadGraph(values);
  return {
    outputs,
    async run(inputs, arrays) {
      const computed: Record<string, TensorData> = {};
      for (const [name, result] of Object.entries(results)) {
        if ('whole' in result) computed[result.whole] = arrays[name]!;
        else for (const part of [result.index, result.updates]) computed[part] = arrayOf(values[part]!);
      }
      await session?.run(inputs, computed);
      for (const [name, result] of Object.entries(results)) {
        if ('whole' in result) continue;
        addRows(arrays[name]!, computed[result.index] as Int32Array, computed[result.updates]!);
      }
    },
    async release() {
      await session?.release();
    },
  };
}
