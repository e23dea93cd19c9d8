import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { EngineUnavailableError, ProgramError } from './errors.ts';
import { inputName, stopName } from './onnx-model.ts';
import type { Engine, Program, TensorData, TensorSpec } from './program.ts';
import type { OnnxRuntime } from './runtime.ts';
import { addRows } from './scatter.ts';
import { arrayOf, checkInputs, checkSpecs, prepareOutputs } from './tensors.ts';
import { trace, type ModelOutput, type Trace } from './trace.ts';

/**
 * An engine that traces each function into an ONNX graph and runs it with ONNX Runtime.
 *
 * @param provider an execution provider of the runtime: `cpu`, `webgpu`, `cuda`, `wasm`
 * @param threads threads that share the work of one operator; by default as many as the
 *   runtime finds good, or as the process may use if it may not use all processors
 */
export function compiledEngine(runtime: OnnxRuntime, provider: string, threads = processorLimit()): Engine {
  return {
    name: provider,
    async compile(fn, inputs) {
      checkSpecs(inputs);
      return load(runtime, provider, threads, { ...inputs }, trace(fn, inputs, runtime.copiesOutputs));
    },
  };
}

/** Makes a program of a traced function with these inputs. */
export async function load(
  runtime: OnnxRuntime,
  provider: string,
  threads: number | undefined,
  inputs: Readonly<Record<string, TensorSpec>>,
  traced: Trace,
): Promise<Program> {
  // Nothing to compute where all outputs are empty.
  const session =
    Object.keys(traced.results).length === 0
      ? undefined
      : await createSession(runtime, traced.model, provider, threads);
  return compiledProgram(runtime, session, inputs, traced);
}

/** The number of processors that this process is limited to; undefined in a browser, or without a limit. */
function processorLimit(): number | undefined {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  const available = os?.availableParallelism();
  return available === os?.cpus().length ? undefined : available;
}

/** What the providers need beyond a processor. */
const needs: Readonly<Record<string, string>> = {
  webgpu: 'a graphics driver for Vulkan, Metal or Direct3D 12 (in a browser, WebGPU switched on)',
  cuda: "an NVIDIA GPU, and ONNX Runtime's CUDA libraries, which onnxruntime-node downloads when it is installed",
};

async function createSession(
  runtime: OnnxRuntime,
  model: Uint8Array,
  provider: string,
  threads: number | undefined,
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(model, {
      executionProviders: [provider],
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // A planned block of memory comes on top of what the first run took: without the plan, a training step of
      // 4 layers (256 wide, 32 x 64 tokens) held 462 MB instead of 752, in the same time. Programs for several
      // lengths live at once.
      enableMemPattern: false,
      // An arena is a program's own, and never smaller again.
      enableCpuMemArena: runtime.sharesHeap !== true,
      // Threads that wait for work sleep. Spinning, they take cores from what else runs: on two busy cores a step
      // of BERT-tiny cost 90 ms of processor time with it, 70 without.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      // Errors come as exceptions; the runtime would print them as well.
      logSeverityLevel: 4,
    });
  } catch (error) {
    const reason = `ONNX Runtime cannot load the program: ${(error as Error).message}`;
    const need = needs[provider];
    if (need === undefined) throw new ProgramError(reason, { cause: error });
    throw new EngineUnavailableError(`engine '${provider}' needs ${need}. ${reason}`, { cause: error });
  }
}

function compiledProgram(
  runtime: OnnxRuntime,
  session: InferenceSession | undefined,
  inputs: Readonly<Record<string, TensorSpec>>,
  { inputs: used, outputs, results }: Trace,
): Program {
  const tensor = (spec: TensorSpec | undefined, data: TensorData | undefined) =>
    new runtime.Tensor(spec?.dtype ?? 'float32', data as TensorData, spec?.shape);
  let disposed = false;
  return {
    inputs,
    outputs,
    async run(given, into = {}) {
      if (disposed) throw new ProgramError('this program was disposed of; compile it again to run it');
      checkInputs(inputs, given);
      const arrays = prepareOutputs(outputs, into);
      if (session === undefined) return arrays;
      const feeds: Record<string, Tensor> = {};
      for (const name of used) feeds[inputName(name)] = tensor(inputs[name], given[name]);
      const fetches: Record<string, Tensor | null> = runtime.copiesOutputs ? { [stopName]: null } : {};
      const fetch = (output: ModelOutput, data = arrayOf(output)): TensorData => {
        fetches[output.name] = tensor(output, data);
        return data;
      };
      const rows = Object.entries(results).flatMap(([name, result]) => {
        if (!('whole' in result))
          return [{ name, index: fetch(result.index), updates: fetch(result.updates) }];
        fetch(result.whole, arrays[name]);
        return [];
      });
      await run(session, feeds, fetches);
      for (const { name, index, updates } of rows) {
        addRows(arrays[name] as TensorData, index as Int32Array, updates);
      }
      return arrays;
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      await session?.release();
    },
  };
}

/** What onnxruntime-node says of an output that is no tensor. */
const noTensor = 'Non tensor type';

/** Runs a session that writes all its outputs to given arrays; they are written when it comes to `stopName`. */
async function run(
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
  fetches: InferenceSession.NullableOnnxValueMapType,
): Promise<void> {
  try {
    await session.run(feeds, fetches);
  } catch (error) {
    if (stopName in fetches && (error as Error).message.startsWith(noTensor)) return;
    throw new ProgramError(`ONNX Runtime could not run the program: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
