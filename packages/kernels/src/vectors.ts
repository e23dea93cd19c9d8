import type { KernelExports } from './slab.ts';
import { slabOf } from './slab.ts';

/** Elements whose sum is one partial sum; `BLOCK` of assembly/sums.ts. */
const BLOCK = 4096;
/** Where in a slab's first page the tails and the partial sums lie, and how many blocks' sums have room. */
const TAILS = 1024;
const SUMS = 8192;
const MAX_BLOCKS = 1024;

type RangeKernel<Name extends string> = (
  kernels: KernelExports,
  at: Record<Name, number>,
  index: number,
  count: number,
) => void;

/**
 * Runs a kernel that works on whole vectors of four over arrays of any length: the whole vectors in place, the
 * last one to three elements in a padded copy.
 *
 * @param kernel its name, for messages
 * @param arrays by name; all in one slab and of one length
 * @param written the arrays that the kernel writes
 * @param run calls the kernel: pointers by name, index of the first element, a multiple of 4 as count
 * @param padding what the copy of an array is filled up with, 0 if not given
 * @throws KernelError if the arrays are not in one slab or differ in length
 */
export function overVectors<Name extends string>(
  kernel: string,
  arrays: Readonly<Record<Name, Float32Array>>,
  written: readonly NoInfer<Name>[],
  run: RangeKernel<NoInfer<Name>>,
  padding: Partial<Record<NoInfer<Name>, number>> = {},
): void {
  const slab = slabOf(kernel, arrays);
  const names = Object.keys(arrays) as Name[];
  const length = arrays[names[0] as Name].length;
  const rest = length % 4;
  const whole = length - rest;
  const pointers = (of: (name: Name, position: number) => number) =>
    Object.fromEntries(names.map((name, position) => [name, of(name, position)])) as Record<Name, number>;
  if (whole > 0) {
    run(
      slab.kernels,
      pointers((name) => arrays[name].byteOffset),
      0,
      whole,
    );
  }
  if (rest > 0) {
    const tail = (position: number) => new Float32Array(slab.buffer, TAILS + 16 * position, 4);
    names.forEach((name, position) => {
      tail(position)
        .fill(padding[name] ?? 0)
        .set(arrays[name].subarray(whole));
    });
    run(
      slab.kernels,
      pointers((_, position) => TAILS + 16 * position),
      whole,
      4,
    );
    for (const name of written) {
      arrays[name].set(tail(names.indexOf(name)).subarray(0, rest), whole);
    }
  }
}

/**
 * Adds up what a reducing kernel leaves for each block of 4,096 elements, in the blocks' order, in double
 * precision: the sums do not depend on how the work is divided at block borders.
 *
 * @param buffer the slab's memory
 * @param count elements, a multiple of 4
 * @param totals one number for each sum that the kernel computes; the sums are added to them
 * @param run calls the kernel for `count` elements from `begin`, with a pointer for its f64 sums, block by block
 */
export function addBlockSums(
  buffer: ArrayBufferLike,
  count: number,
  totals: number[],
  run: (begin: number, count: number, sums: number) => void,
): void {
  for (let begin = 0; begin < count; begin += BLOCK * MAX_BLOCKS) {
    const range = Math.min(BLOCK * MAX_BLOCKS, count - begin);
    run(begin, range, SUMS);
    const sums = new Float64Array(buffer, SUMS, Math.ceil(range / BLOCK) * totals.length);
    sums.forEach((sum, i) => (totals[i % totals.length]! += sum));
  }
}
