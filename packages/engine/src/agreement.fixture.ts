import * as tf from '@tensorflow/tfjs';
import { createEngine } from './create-engine.ts';
import type { TensorFunction } from './program.ts';
import type { Sample } from './samples.fixture.ts';

/* TensorFlow.js's CPU backend as the reference. */

/** Calls a function on TensorFlow.js's own CPU backend: its outputs, and the kernels it ran. */
async function callReference(fn: TensorFunction, inputs: Readonly<Record<string, Sample>>) {
  await createEngine('tfjs-cpu');
  await tf.setBackend('cpu');
  let outputs: Record<string, { dtype: string; shape: number[]; data: ArrayLike<number> }> = {};
  const { kernelNames } = await tf.profile(() => {
    const tensors = Object.entries(inputs).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor(data, [...shape], dtype),
    ]);
    const results = Object.entries(fn(Object.fromEntries(tensors)));
    const read = results.map(([name, t]) => [name, { dtype: t.dtype, shape: t.shape, data: t.dataSync() }]);
    outputs = Object.fromEntries(read);
    return results.map(([, tensor]) => tensor);
  });
  return { outputs, kernels: kernelNames };
}

/**
 * Expects a compiled function to give the names, shapes, element types and values that TensorFlow.js's own CPU
 * backend gives.
 *
 * @returns the names of the kernels that the function ran there
 */
export async function expectAgreement(
  fn: TensorFunction,
  inputs: Readonly<Record<string, Sample>>,
): Promise<string[]> {
  const engine = await createEngine('cpu', { threads: 1 });
  const program = await engine.compile(fn, inputs);
  const data = Object.entries(inputs).map(([name, sample]) => [name, sample.data]);
  const actual = await program.run(Object.fromEntries(data));
  await program.dispose();
  const { outputs, kernels } = await callReference(fn, inputs);
  expect(Object.keys(program.outputs)).toEqual(Object.keys(outputs));
  for (const [name, { dtype, shape, data }] of Object.entries(outputs)) {
    expect(program.outputs[name]).toEqual({ dtype, shape });
    expectClose(actual[name] ?? [], data);
  }
  return kernels;
}

/** Expects equal not-a-numbers and infinities, and elsewhere |a - b| ≤ absolute + relative · |b|. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative = 2e-6,
  absolute = 1e-6,
): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a = NaN, b = NaN] = [actual[i], expected[i]];
    if (Object.is(a, b) || Math.abs(a - b) <= absolute + relative * Math.abs(b) || a === b) continue;
    throw new Error(`element ${i} is ${a}; expected ${b}`);
  }
}
