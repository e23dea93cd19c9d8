import * as tf from '@diffprune/tfjs-core';
import type { OnnxRuntime, OnnxSession } from '../engine-options.ts';
import { EngineUnavailableError } from '../errors.ts';
import { createEngine } from '../index.ts';
import type { TensorSpec } from '../program.ts';

const x: TensorSpec = { shape: [2], dtype: 'float32' };
const { default: published } = await import('@diffprune/onnxruntime');

type Run = OnnxSession['run'];

/** ONNX Runtime whose sessions run otherwise, and how many it has made. */
function altered(alter: (run: Run, names: string[], inputs: Parameters<Run>[0]) => ReturnType<Run>) {
  const made = { sessions: 0 };
  const InferenceSession: OnnxRuntime['InferenceSession'] = {
    async create(model, options) {
      made.sessions++;
      const session: OnnxSession = await published.InferenceSession.create(model, options);
      const run: Run = (inputs, outputs) => session.run(inputs, outputs);
      return {
        run: (inputs, outputs) =>
          alter(run, Array.isArray(outputs) ? [...outputs] : Object.keys(outputs), inputs),
        release: () => session.release(),
      };
    },
  };
  return { runtime: { InferenceSession, Tensor: published.Tensor }, made };
}

/** What 2 · x is for [1, 2], in an array that is given. */
async function twice(runtime: OnnxRuntime): Promise<number[]> {
  const engine = await createEngine('cpu', { runtime, threads: 1 });
  const program = await engine.compile(({ x }) => ({ y: tf.mul(x!, 2) }), { x });
  const y = new Float32Array(2);
  await program.run({ x: Float32Array.of(1, 2) }, { y });
  await program.dispose();
  return [...y];
}

it('brings outputs from a runtime that ignores arrays for them, and finds that out once', async () => {
  const { runtime, made } = altered((run, names, inputs) =>
    run(
      inputs,
      names.filter((name) => name.startsWith('output/')),
    ),
  );
  expect(await Promise.all([twice(runtime), twice(runtime)])).toEqual([
    [2, 4],
    [2, 4],
  ]);
  expect(made.sessions).toBe(3 + 2); // three ways to try, and two programs
  expect(await twice(runtime)).toEqual([2, 4]);
  expect(made.sessions).toBe(3 + 3);
});

it('refuses a runtime that gives wrong numbers', async () => {
  const zeros = new published.Tensor('float32', new Float32Array(2), [2]);
  const { runtime } = altered(async (_run, names) => Object.fromEntries(names.map((name) => [name, zeros])));
  const error: unknown = await createEngine('cpu', { runtime }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(EngineUnavailableError);
  expect((error as Error).message).toBe("engine 'cpu' does not work. 41 + 1 and -3 + 1 are 0 and 0");
});

it('says why a runtime does not load a program', async () => {
  const create = () => Promise.reject(new Error('not this time'));
  const runtime = { InferenceSession: { create }, Tensor: published.Tensor };
  await expect(createEngine('cpu', { runtime })).rejects.toThrow(
    "engine 'cpu' does not work. ONNX Runtime cannot load the program: not this time",
  );
});
