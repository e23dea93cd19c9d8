import { checkedEngine } from './checked-engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { EngineUnavailableError } from './errors.ts';
import type { Engine } from './program.ts';
import { registerGradients } from './register-gradients.ts';
import { engineNames, runtimeOf } from './runtimes/index.ts';

/**
 * An engine by name.
 *
 * - `cpu`, `webgpu`, `cuda` (in a browser `wasm`, `webgpu`): functions are compiled for ONNX Runtime.
 * - `tensorflow` (the native library behind tfjs-node-gpu or tfjs-node), `webgl`, and `tfjs-` with the name of
 *   any other TensorFlow.js backend, such as `tfjs-cpu`: functions run eagerly, operation by operation.
 *
 * @throws EngineUnavailableError for an unknown name, or where a library or device that it needs is missing
 * @throws RangeError unless the threads are a whole number from 1 to 1024
 */
export async function createEngine(name: string, options: EngineOptions = {}): Promise<Engine> {
  const { threads } = options;
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1 && threads <= 1024)) {
    throw new RangeError(`threads is ${threads}; expected a whole number from 1 to 1024`);
  }
  const runtime = await runtimeOf(name);
  if (runtime === undefined) {
    throw new EngineUnavailableError(`there is no engine '${name}'; use one of ${engineNames.join(', ')}`);
  }
  registerGradients();
  return checkedEngine(name, await runtime.start(name, options));
}
