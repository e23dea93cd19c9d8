import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { binary } from '../composed.ts';
import type { OnnxRuntime, OnnxSession } from '../engine-options.ts';
import { EngineUnavailableError, ProgramError } from '../errors.ts';
import { Graph } from '../graph.ts';
import { inputName, writeModel } from '../onnx-model.ts';
import type { TensorData, TensorSpec } from '../program.ts';
import type { LoadGraph } from '../traced-runtime.ts';
import { traceOf } from '../trace.ts';

/* What all builds of ONNX Runtime have in common. */

/** A way to get the outputs of a run into arrays. */
export interface Transfer {
  /** The name of an empty sequence that the model gives before its other outputs; none where absent. */
  readonly sequence?: string;
  /** @param outputs tensors of the arrays, by the outputs' names */
  run(session: OnnxSession, inputs: Record<string, Tensor>, outputs: Record<string, Tensor>): Promise<void>;
}

/** The runtime writes to the arrays. */
export const inPlace: Transfer = {
  async run(session, inputs, outputs) {
    await session.run(inputs, outputs);
  },
};

/** The runtime gives arrays of its own, which are copied. */
export const copied: Transfer = {
  async run(session, inputs, outputs) {
    const results = await session.run(inputs, Object.keys(outputs));
    for (const [name, { data }] of Object.entries(outputs)) {
      (data as Float32Array).set(results[name]!.data as Float32Array);
    }
  },
};

/** What is peculiar to a build of ONNX Runtime and a provider of it. */
export interface Backend {
  /** Name of the execution provider. */
  readonly provider: string;
  readonly options: InferenceSession.SessionOptions;
  /** Ways that may work, the fastest first. */
  readonly transfers: readonly Transfer[];
  /** What it needs beyond a processor, for messages. */
  readonly needs?: string | undefined;
}

/**
 * Makes graphs sessions of ONNX Runtime, whose outputs arrive as the first of the backend's transfers brings them that
 * works here: a first program shows it, once for a module and provider.
 *
 * @param engine the engine's name, for messages
 * @throws EngineUnavailableError if the provider does not start, or no way brings the outputs
 */
export async function onnxRuntime(engine: string, module: OnnxRuntime, backend: Backend): Promise<LoadGraph> {
  const { provider } = backend;
  const transfers = working.get(module) ?? new Map<string, Promise<Transfer>>();
  working.set(module, transfers);
  const found = transfers.get(provider) ?? firstWorking(engine, module, backend);
  transfers.set(provider, found);
  try {
    return loader(module, backend, await found);
  } catch (error) {
    transfers.delete(provider); // a second try may find what was missing
    throw error;
  }
}

/** The transfers that were found to work, by provider. */
const working = new WeakMap<OnnxRuntime, Map<string, Promise<Transfer>>>();

async function firstWorking(engine: string, module: OnnxRuntime, backend: Backend): Promise<Transfer> {
  const graph = new Graph();
  const x = graph.input('x', { shape: [2], dtype: 'float32' });
  const { values } = traceOf(graph, { y: binary(graph, 'Add', x, graph.uniform(1, [], 'float32')) });
  const [name] = Object.keys(values) as [string];
  const reasons = new Set<string>();
  for (const transfer of backend.transfers) {
    const y = new Float32Array(2);
    try {
      const session = await loader(module, backend, transfer)(values);
      try {
        await session.run({ x: Float32Array.of(41, -3) }, { [name]: y });
      } finally {
        await session.release();
      }
      if (y[0] === 42 && y[1] === -2) return transfer;
      reasons.add(`41 + 1 and -3 + 1 are ${y.join(' and ')}`);
    } catch (error) {
      reasons.add((error as Error).message);
    }
  }
  const needs = backend.needs === undefined ? 'does not work' : `needs ${backend.needs}`;
  throw new EngineUnavailableError(`engine '${engine}' ${needs}. ${[...reasons].join('; ')}`);
}

function loader(module: OnnxRuntime, backend: Backend, transfer: Transfer): LoadGraph {
  const tensor = ({ shape, dtype }: TensorSpec, data: TensorData) => new module.Tensor(dtype, data, shape);
  return async (values) => {
    const model = writeModel(values, transfer);
    const session = await createSession(module, backend, model.bytes);
    return {
      async run(inputs, outputs) {
        const feeds: Record<string, Tensor> = {};
        for (const [name, spec] of Object.entries(model.inputs)) {
          feeds[inputName(name)] = tensor(spec, inputs[name]!);
        }
        const fetches: Record<string, Tensor> = {};
        for (const [name, spec] of Object.entries(values)) fetches[name] = tensor(spec, outputs[name]!);
        try {
          await transfer.run(session, feeds, fetches);
        } catch (error) {
          const reason = (error as Error).message;
          throw new ProgramError(`ONNX Runtime could not run the program: ${reason}`, { cause: error });
        }
      },
      release: () => session.release(),
    };
  };
}

async function createSession(
  module: OnnxRuntime,
  { provider, options }: Backend,
  model: Uint8Array,
): Promise<OnnxSession> {
  try {
    return await module.InferenceSession.create(model, {
      executionProviders: [provider],
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // A planned block of memory comes on top of what the first run took: without the plan, a training step of
      // 4 layers (256 wide, 32 x 64 tokens) held 462 MB instead of 752, in the same time. Programs for several
      // lengths live at once.
      enableMemPattern: false,
      // Errors come as exceptions; the runtime would print them as well.
      logSeverityLevel: 4,
      ...options,
    });
  } catch (error) {
    const reason = (error as Error).message;
    throw new ProgramError(`ONNX Runtime cannot load the program: ${reason}`, { cause: error });
  }
}
