import { compiledEngine } from './compiled-engine.ts';
import { eagerEngine } from './eager-engine.ts';
import { EngineUnavailableError } from './errors.ts';
import type { Engine } from './program.ts';
import { registerGradients } from './register-gradients.ts';
import { nodeRuntime, type OnnxRuntime } from './runtime.ts';

const compiled = ['cpu', 'webgpu', 'cuda', 'wasm'];

export interface EngineOptions {
  /** Threads that share the work of one operation on the processor; by default, one for each core. */
  readonly threads?: number;
  /** The ONNX Runtime module to use; by default `@diffprune/onnxruntime`. In a browser, pass `onnxruntime-web`. */
  readonly runtime?: OnnxRuntime;
}

/**
 * An engine by name.
 *
 * - `cpu`, `webgpu`, `cuda` (in a browser `wasm`, `webgpu`): functions are compiled for ONNX Runtime.
 * - `tensorflow` (the native library behind tfjs-node-gpu or tfjs-node), `webgl`, and `tfjs-` with the name of
 *   any other TensorFlow.js backend, such as `tfjs-cpu`: functions run eagerly, operation by operation.
 *
 * @throws EngineUnavailableError for an unknown name, or where a library or device that it needs is missing
 */
export async function createEngine(name: string, options: EngineOptions = {}): Promise<Engine> {
  const { threads, runtime } = options;
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1 && threads <= 1024)) {
    throw new RangeError(`threads is ${threads}; expected a whole number from 1 to 1024`);
  }
  registerGradients();
  if (compiled.includes(name)) return compiledEngine(runtime ?? (await nodeRuntime(name)), name, threads);
  if (name === 'tensorflow' || name === 'webgl') return eagerEngine(name, name);
  if (name.startsWith('tfjs-')) return eagerEngine(name, name.slice('tfjs-'.length));
  throw new EngineUnavailableError(
    `there is no engine '${name}'; use ${compiled.join(', ')}, tensorflow, webgl or tfjs-<backend>`,
  );
}
