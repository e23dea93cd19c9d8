/**
 * Long chains of operations are cut: a short loop for each part, over a few hundred elements at a time, hands its
 * results on in a scratch memory that stays in the first-level cache. Each loop's constants then fit the registers and
 * its chain the processor's window: a quarter to a third faster than one loop for all.
 */
import { Exponential } from '../../../tools/workspace/assembly/exponential';

/** Bytes of each part of a scratch memory: 256 elements. */
export const PART: usize = 1024;

export class Scratch {
  /** Bytes from `at` to `end`, at most a part. */
  @inline static partOf(at: usize, end: usize): usize {
    return min(PART, end - at);
  }

  /** out[j] = e^x[j]. */
  @inline static exponentials(out: usize, bytes: usize, x: usize): void {
    const end = out + bytes;
    do {
      v128.store(out, Exponential.of(v128.load(x)));
      x += 16;
      out += 16;
    } while (out < end);
  }
}
