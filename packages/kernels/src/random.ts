import { KernelError } from './errors.ts';
import { kernelCall } from './piece.ts';
import { overVectors } from './vectors.ts';

/**
 * What a stream of random numbers depends on: two 32-bit halves. Make it with `streamKey`: streams whose keys share
 * a half are shifted copies of each other, in position or in value.
 */
export type Key = readonly [first: number, second: number];

const mask64 = (1n << 64n) - 1n;

/** A bijection of 64-bit integers in which every bit of the result hangs on every bit of x (SplitMix64's). */
function mix64(x: bigint): bigint {
  x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return x ^ (x >> 31n);
}

/**
 * The key of one stream: value i of the stream depends on the key and i alone, so that a step can be drawn again,
 * in parts, in any order.
 *
 * @param seed of the run
 * @param step of the run
 * @param stream one number for each thing that draws within a step: `streamOf` has the project's own
 * @throws KernelError if one of them is not a whole number from 0 to 2^53 - 1
 */
export function streamKey(seed: number, step: number, stream: number): Key {
  let state = 0n;
  for (const [name, value] of Object.entries({ seed, step, stream })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new KernelError(`streamKey: ${name} is ${value}, expected a whole number from 0 to 2^53 - 1`);
    }
    state = mix64((state + 0x9e3779b97f4a7c15n + BigInt(value)) & mask64);
  }
  return [Number(state >> 32n), Number(state & 0xffffffffn)];
}

/**
 * Value `index` (0 to 2^32 - 1) of a stream: uniform on the odd multiples of 2^-24 in (0, 1). The same number, bit
 * for bit, as `fillUniform` writes there.
 */
export function uniformAt(key: Key, index: number): number {
  let x = (index + key[0]) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = ((x ^ (x >>> 15)) + key[1]) | 0;
  x = Math.imul(x, 0xd35a2d97);
  x ^= x >>> 15;
  return ((x >>> 9) + 0.5) / 2 ** 23;
}

/**
 * out[i] = uniformAt(key, i).
 *
 * @throws KernelError if `out` lies in no slab
 */
export function fillUniform(out: Float32Array, [key0, key1]: Key): void {
  const kernels = [{ kernel: 'uniform', numbers: { key0, key1 } }] as const;
  overVectors([kernelCall({ name: 'fillUniform', kernels, arrays: { out }, written: ['out'] })]);
}

/**
 * A dropout mask: out[i] = 0 where uniformAt(key, i) < rate, else 1 / (1 - rate).
 *
 * @param rate probability of 0, in [0, 1)
 * @throws KernelError if the rate is out of range or `out` lies in no slab
 */
export function fillDropoutMask(out: Float32Array, [key0, key1]: Key, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new KernelError(`fillDropoutMask: rate ${rate}, expected 0 ≤ rate < 1`);
  const kernels = [{ kernel: 'dropoutMask', numbers: { key0, key1, rate } }] as const;
  overVectors([kernelCall({ name: 'fillDropoutMask', kernels, arrays: { out }, written: ['out'] })]);
}
