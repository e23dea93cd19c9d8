import * as tf from '@diffprune/tfjs-core';
import { withBackend } from '../backend-scope.ts';
import { EngineUnavailableError, ProgramError } from '../errors.ts';
import type { TensorData, TensorFunction, TensorSpec } from '../program.ts';
import type { Arrays, Runtime } from '../runtime.ts';
import { arrayOf, checkReturned } from '../tensors.ts';
import { importLibrary } from './import-library.ts';

/* TensorFlow.js: the engines `tensorflow`, `webgl` and `tfjs-<backend>` run functions operation by operation. */

export const title = 'TensorFlow.js';

/** Libraries that register a backend of TensorFlow.js, best first. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  cpu: ['@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs'],
  webgl: ['@tensorflow/tfjs-backend-webgl', '@tensorflow/tfjs'],
  tensorflow: ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
  wasm: ['@tensorflow/tfjs-backend-wasm'],
  webgpu: ['@tensorflow/tfjs-backend-webgpu'],
};

/**
 * Starts the backend of the engine's name; its library is imported if it is not registered.
 *
 * @throws EngineUnavailableError if the backend is not installed or does not start
 */
export async function start(engine: string): Promise<Runtime> {
  const backend = engine.replace(/^tfjs-/, '');
  if (tf.engine().registryFactory[backend] === undefined) await importBackend(engine, backend);
  await startBackend(engine, backend);
  return {
    async load(fn, inputs) {
      const zeros = Object.entries(inputs).map(([input, spec]) => [input, arrayOf(spec)]);
      const outputs = call(backend, fn, inputs, Object.fromEntries(zeros));
      const specs: Record<string, TensorSpec> = {};
      for (const [name, { shape, dtype }] of Object.entries(outputs)) {
        specs[name] = { shape, dtype: dtype as TensorSpec['dtype'] };
      }
      tf.dispose(outputs);
      return {
        outputs: specs,
        async run(arrays, results) {
          const tensors = call(backend, fn, inputs, arrays);
          try {
            for (const [name, array] of Object.entries(results)) {
              const tensor = tensors[name];
              if (tensor?.size !== array.length || tensor.dtype !== specs[name]?.dtype) {
                throw new ProgramError(`output '${name}' is another than when the function was compiled`);
              }
              array.set((await tensor.data()) as TensorData);
            }
          } finally {
            tf.dispose(tensors);
          }
        },
        async release() {},
      };
    },
  };
}

async function importBackend(engine: string, backend: string): Promise<void> {
  const candidates = libraries[backend] ?? [];
  const failures: string[] = [];
  for (const library of candidates) {
    try {
      await importLibrary(library);
      if (tf.engine().registryFactory[backend] !== undefined) return;
      failures.push(`${library}: it registered no backend '${backend}'`);
    } catch (error) {
      failures.push(`${library}: ${(error as Error).message.split('\n', 1)[0]}`);
    }
  }
  throw new EngineUnavailableError(
    candidates.length > 0
      ? `engine '${engine}' needs a library that is not here: npm install ${candidates.join(', or ')} ` +
          `(${failures.join('; ')})`
      : `engine '${engine}': TensorFlow.js has no backend '${backend}'; register it first, or use one of ` +
          Object.keys({ ...libraries, ...tf.engine().registryFactory }).join(', '),
  );
}

/** Initialises a backend, without leaving it the current one. */
async function startBackend(engine: string, backend: string): Promise<void> {
  const previous = tf.getBackend();
  const started = await tf.setBackend(backend);
  if (previous) await tf.setBackend(previous);
  if (!started) {
    throw new EngineUnavailableError(
      `engine '${engine}': the TensorFlow.js backend '${backend}' does not start`,
    );
  }
  // The plain backend advertises tfjs-node on first use in Node; who asked for this engine has chosen.
  if (backend === 'cpu') Object.assign(tf.findBackend('cpu'), { firstUse: false });
}

/** Calls `fn` on a backend; all tensors but its outputs are disposed of. */
function call(
  backend: string,
  fn: TensorFunction,
  inputs: Readonly<Record<string, TensorSpec>>,
  arrays: Arrays,
): Record<string, tf.Tensor> {
  return withBackend(backend, () =>
    tf.tidy(() => {
      const tensors = Object.entries(inputs).map(([name, { shape, dtype }]) => [
        name,
        tf.tensor(arrays[name]!, [...shape], dtype),
      ]);
      const returned = Object.entries(checkReturned(fn(Object.fromEntries(tensors))));
      // Clones, because the caller disposes of them, and the function may return tensors that are not its own.
      return Object.fromEntries(returned.map(([name, tensor]) => [name, tf.clone(tensor)]));
    }),
  );
}
