import type { EngineOptions, OnnxRuntime } from '../engine-options.ts';
import { EngineUnavailableError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { tracedRuntime } from '../traced-runtime.ts';
import { importLibrary } from './import-library.ts';
import { copied, inPlace, onnxRuntime } from './onnxruntime.ts';

/* ONNX Runtime Web: the engines `wasm` and, in a page, `webgpu`. It gives outputs in arrays of its own alone. */

export const title = 'ONNX Runtime Web';

/** What the engines need. */
const needs: Readonly<Record<string, string>> = {
  wasm: 'the .wasm file of onnxruntime-web, beside the script that holds it or where `env.wasm.wasmPaths` says',
  webgpu:
    'a browser with WebGPU, and an entry of onnxruntime-web that has it, such as onnxruntime-web/webgpu',
};

/** @throws EngineUnavailableError where its library does not load, or the engine lacks what it needs */
export async function start(engine: string, { threads, runtime }: EngineOptions): Promise<Runtime> {
  const module = runtime ?? (await importModule());
  if (threads !== undefined) setThreads(module, threads);
  const serial = serialised.get(module) ?? inTurn(module);
  serialised.set(module, serial);
  const backend = { provider: engine, options: {}, transfers: [inPlace, copied], needs: needs[engine] };
  return tracedRuntime(await onnxRuntime(engine, serial, backend));
}

async function importModule(): Promise<OnnxRuntime> {
  try {
    return (await importLibrary('onnxruntime-web')) as unknown as OnnxRuntime;
  } catch (error) {
    throw new EngineUnavailableError(
      `onnxruntime-web does not load (${(error as Error).message}). In Node, install it with ` +
        "'npm install onnxruntime-web'; in a browser, pass the module as the option 'runtime'",
      { cause: error },
    );
  }
}

/** Modules whose threads were set: all sessions share them, and the first one starts them. */
const threadsOf = new WeakMap<OnnxRuntime, number>();

function setThreads(module: OnnxRuntime, threads: number): void {
  const before = threadsOf.get(module);
  if (before !== undefined && before !== threads) {
    throw new EngineUnavailableError(
      `onnxruntime-web has ${before} threads already, for all its programs; use as many, not ${threads}`,
    );
  }
  if (module.env) module.env.wasm.numThreads = threads;
  threadsOf.set(module, threads);
}

const serialised = new WeakMap<OnnxRuntime, OnnxRuntime>();

/**
 * A module that does one thing after the other: on WebGPU a run that begins while another waits for the device never
 * ends.
 */
function inTurn({ InferenceSession, Tensor }: OnnxRuntime): OnnxRuntime {
  let last: Promise<unknown> = Promise.resolve();
  const next = <Result>(job: () => Promise<Result>): Promise<Result> => {
    const done = last.then(job);
    last = done.catch(() => {});
    return done;
  };
  return {
    Tensor,
    InferenceSession: {
      create: (model, options) =>
        next(async () => {
          const session = await InferenceSession.create(model, options);
          return {
            run: (inputs, outputs) => next(() => session.run(inputs, outputs)),
            release: () => next(() => session.release()),
          };
        }),
    },
  };
}
