import { random } from '@diffprune/testing/random';
import type { TensorData, TensorSpec } from './program.ts';
import { sizeOf } from './tensors.ts';

/* Random tensors that repeat. */

/** A tensor with values, as an input of a function under test. */
export interface Sample extends TensorSpec {
  readonly data: TensorData;
}

const next = random(20);

/** A float32 tensor of values between `low` and `high`. */
export function floats(shape: readonly number[], low = -3, high = 3): Sample {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next());
  return { shape, dtype: 'float32', data };
}

/** An int32 tensor of values from `low` up to, and without, `high`. */
export function integers(shape: readonly number[], low = -5, high = 6): Sample {
  const data = Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(low + (high - low) * next()));
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
  return Array.from({ length: Math.floor(next() * 5) }, () => {
    const die = next();
    return die < 0.05 ? 0 : die < 0.3 ? 1 : 2 + Math.floor(next() * 4);
  });
}

/** Two random shapes that broadcast to one another. */
export function randomBroadcast(): [number[], number[]] {
  const shape = randomShape();
  const drop = () => shape.slice(Math.floor(next() * 3)).map((size) => (next() < 0.3 ? 1 : size));
  return next() < 0.5 ? [shape, drop()] : [drop(), drop()];
}
