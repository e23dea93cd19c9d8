import * as tf from '@tensorflow/tfjs';
import { createEngine } from './create-engine.ts';
import type { TensorData, TensorFunction, TensorSpec } from './program.ts';
import { sizeOf } from './tensors.ts';

/* What this package's tests share: random tensors, and TensorFlow.js's CPU backend as the reference. */

/** A tensor with values, as an input of a function under test. */
export interface Sample extends TensorSpec {
  readonly data: TensorData;
}

/** Random numbers in [0, 1) that repeat from the seed (mulberry32, a public-domain generator by T. Ettinger). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(20);

/** A float32 tensor of values between `low` and `high`. */
export function floats(shape: readonly number[], low = -3, high = 3): Sample {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random());
  return { shape, dtype: 'float32', data };
}

/** An int32 tensor of values from `low` up to, and without, `high`. */
export function integers(shape: readonly number[], low = -5, high = 6): Sample {
  const data = Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(low + (high - low) * random()));
  return { shape, dtype: 'int32', data };
}

/** A float32 vector of the given values. */
export function vector(...values: number[]): Sample {
  return { shape: [values.length], dtype: 'float32', data: Float32Array.from(values) };
}

/** An int32 vector of the given values. */
export function indices(...values: number[]): Sample {
  return { shape: [values.length], dtype: 'int32', data: Int32Array.from(values) };
}

/** A random shape of up to four axes, now and then with an empty or a size-one axis. */
export function randomShape(): number[] {
  return Array.from({ length: Math.floor(random() * 5) }, () => {
    const die = random();
    return die < 0.05 ? 0 : die < 0.3 ? 1 : 2 + Math.floor(random() * 4);
  });
}

/** Two random shapes that broadcast to one another. */
export function randomBroadcast(): [number[], number[]] {
  const shape = randomShape();
  const drop = () => shape.slice(Math.floor(random() * 3)).map((size) => (random() < 0.3 ? 1 : size));
  return random() < 0.5 ? [shape, drop()] : [drop(), drop()];
}

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
