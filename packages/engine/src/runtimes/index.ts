import type { EngineOptions } from '../engine-options.ts';
import type { Runtime } from '../runtime.ts';

/** A file of this folder. */
interface RuntimeFile {
  /**
   * Starts the runtime for an engine of that name.
   *
   * @throws EngineUnavailableError where a library or device that it needs is missing
   */
  start(engine: string, options: EngineOptions): Promise<Runtime>;
}

const onnxruntimeNode = (): Promise<RuntimeFile> => import('./onnxruntime-node.ts');
const onnxruntimeWeb = (): Promise<RuntimeFile> => import('./onnxruntime-web.ts');
const tensorflowJs = (): Promise<RuntimeFile> => import('./tensorflow-js.ts');
const inNode = globalThis.process?.versions?.node !== undefined;

/** The runtimes by the names of their engines, loaded when they are asked for. */
const runtimes: Readonly<Record<string, () => Promise<RuntimeFile>>> = {
  cpu: onnxruntimeNode,
  webgpu: inNode ? onnxruntimeNode : onnxruntimeWeb,
  cuda: onnxruntimeNode,
  wasm: onnxruntimeWeb,
  tensorflow: tensorflowJs,
  webgl: tensorflowJs,
};

/** The runtime of an engine; undefined for a name that no engine has. */
export async function runtimeOf(engine: string): Promise<RuntimeFile | undefined> {
  const load = engine.startsWith('tfjs-') ? tensorflowJs : runtimes[engine];
  return await load?.();
}

/** The names of engines, for messages. */
export const engineNames = [...Object.keys(runtimes), 'tfjs-<backend>'];
