import type { EngineOptions } from './engine-options.ts';
import { checkedProgram } from './checked-program.ts';
import { EngineUnavailableError } from './errors.ts';
import type { Engine, TensorFunction } from './program.ts';
import type { Runtime } from './runtime.ts';
import { checkSpecs } from './tensors.ts';

/** A file of `runtimes/`. */
interface RuntimeFile {
  /** What it is called. */
  readonly title: string;
  /**
   * Starts the runtime for an engine of that name.
   *
   * @throws EngineUnavailableError where a library or device that it needs is missing
   */
  start(engine: string, options: EngineOptions): Promise<Runtime>;
}

const onnxruntimeNode = (): Promise<RuntimeFile> => import('./runtimes/onnxruntime-node.ts');
const onnxruntimeWeb = (): Promise<RuntimeFile> => import('./runtimes/onnxruntime-web.ts');
const tensorflowJs = (): Promise<RuntimeFile> => import('./runtimes/tensorflow-js.ts');
const inNode = globalThis.process?.versions?.node !== undefined;

/** What each engine runs on, loaded when it is asked for. */
const runtimes: Readonly<Record<string, () => Promise<RuntimeFile>>> = {
  cpu: onnxruntimeNode,
  webgpu: inNode ? onnxruntimeNode : onnxruntimeWeb,
  cuda: onnxruntimeNode,
  wasm: onnxruntimeWeb,
  tensorflow: tensorflowJs,
  webgl: tensorflowJs,
};

/**
 * An engine by name.
 *
 * - `cpu`, `webgpu`, `cuda`, `wasm` (in a browser `webgpu`, `wasm`): functions are compiled for ONNX Runtime.
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
  const load = name.startsWith('tfjs-') ? tensorflowJs : Object.hasOwn(runtimes, name) && runtimes[name];
  if (!load) {
    const known = Object.keys(runtimes).join(', ');
    throw new EngineUnavailableError(`there is no engine '${name}'; use ${known} or tfjs-<backend>`);
  }
  (await import('./register-gradients.ts')).registerGradients(); // not for a page that has no engine
  const file = await load();
  const runtime = await file.start(name, options);
  return {
    name,
    runtime: file.title,
    async compile(fn, inputs) {
      checkSpecs(inputs);
      const specs = { ...inputs };
      return checkedProgram(specs, await runtime.load(fn as unknown as TensorFunction, specs));
    },
  };
}
