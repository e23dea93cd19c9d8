import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from './backend-scope.ts';
import { EngineUnavailableError, ProgramError } from './errors.ts';
import type { Engine, Program, TensorData, TensorFunction, TensorSpec } from './program.ts';
import { importLibrary } from './runtime.ts';
import { checkInputs, checkReturned, checkSpecs, prepareOutputs, sizeOf } from './tensors.ts';

/** Libraries that register a TensorFlow.js backend, best first. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  cpu: ['@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs'],
  webgl: ['@tensorflow/tfjs-backend-webgl', '@tensorflow/tfjs'],
  tensorflow: ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'],
  wasm: ['@tensorflow/tfjs-backend-wasm'],
  webgpu: ['@tensorflow/tfjs-backend-webgpu'],
};

/**
 * An engine that runs functions operation by operation on a TensorFlow.js backend.
 *
 * @param name the engine's name
 * @param backend the name of the backend; its library is imported if it is not registered
 * @throws EngineUnavailableError if the backend is not installed or does not start
 */
export async function eagerEngine(name: string, backend: string): Promise<Engine> {
  if (tf.engine().registryFactory[backend] === undefined) await importBackend(name, backend);
  await start(name, backend);
  return {
    name,
    async compile(fn, inputs) {
      checkSpecs(inputs);
      const zeros = Object.entries(inputs).map(([input, spec]) => [input, zerosOf(spec)]);
      const outputs = call(backend, fn, inputs, Object.fromEntries(zeros));
      const specs = Object.entries(outputs).map(([output, { shape, dtype }]) => [output, { shape, dtype }]);
      tf.dispose(outputs);
      return eagerProgram(backend, fn, { ...inputs }, Object.fromEntries(specs));
    },
  };
}

async function importBackend(name: string, backend: string): Promise<void> {
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
      ? `engine '${name}' needs a library that is not here: npm install ${candidates.join(', or ')} ` +
          `(${failures.join('; ')})`
      : `engine '${name}': TensorFlow.js has no backend '${backend}'; register it first, or use one of ` +
          Object.keys({ ...libraries, ...tf.engine().registryFactory }).join(', '),
  );
}

/** Initialises a backend, without leaving it the current one. */
async function start(name: string, backend: string): Promise<void> {
  const previous = tf.getBackend();
  const started = await tf.setBackend(backend);
  if (previous) await tf.setBackend(previous);
  if (!started) {
    throw new EngineUnavailableError(
      `engine '${name}': the TensorFlow.js backend '${backend}' does not start`,
    );
  }
  // The plain backend advertises tfjs-node on first use in Node; who asked for this engine has chosen.
  if (backend === 'cpu') Object.assign(tf.findBackend('cpu'), { firstUse: false });
}

function zerosOf({ shape, dtype }: TensorSpec): TensorData {
  return dtype === 'int32' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
}

/** Calls `fn` on a backend; all tensors but its outputs are disposed of. */
function call(
  backend: string,
  fn: TensorFunction,
  inputs: Readonly<Record<string, TensorSpec>>,
  data: Readonly<Record<string, TensorData>>,
): Record<string, tf.Tensor> {
  return withBackend(backend, () =>
    tf.tidy(() => {
      const tensors = Object.entries(inputs).map(([name, { shape, dtype }]) => [
        name,
        tf.tensor(data[name] as TensorData, [...shape], dtype),
      ]);
      const returned = Object.entries(checkReturned(fn(Object.fromEntries(tensors))));
      // Clones, because the caller disposes of them, and the function may return tensors that are not its own.
      return Object.fromEntries(returned.map(([name, tensor]) => [name, tf.clone(tensor)]));
    }),
  );
}

function eagerProgram(
  backend: string,
  fn: TensorFunction,
  inputs: Readonly<Record<string, TensorSpec>>,
  outputs: Readonly<Record<string, TensorSpec>>,
): Program {
  let disposed = false;
  return {
    inputs,
    outputs,
    async run(given, into = {}) {
      if (disposed) throw new ProgramError('this program was disposed of; compile it again to run it');
      checkInputs(inputs, given);
      const results = prepareOutputs(outputs, into);
      const tensors = call(backend, fn, inputs, given);
      try {
        for (const [name, array] of Object.entries(results)) {
          const tensor = tensors[name];
          if (tensor === undefined || tensor.size !== array.length || tensor.dtype !== outputs[name]?.dtype) {
            throw new ProgramError(`output '${name}' is another than when the function was compiled`);
          }
          array.set((await tensor.data()) as TensorData);
        }
      } finally {
        tf.dispose(tensors);
      }
      return results;
    },
    async dispose() {
      disposed = true;
    },
  };
}
