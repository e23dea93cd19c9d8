/** Counter-based uniform random numbers: two multiplications and four xor-shifts for four lanes. */
import { Range } from './range';

export class Random {
  /** The counters of values `index` to `index + 3`: the key's first half enters here. */
  @inline static counter(index: u32, key0: u32): v128 {
    return i32x4.add(i32x4.splat(index + key0), i32x4(0, 1, 2, 3));
  }

  @inline static next(counter: v128): v128 {
    return i32x4.add(counter, i32x4.splat(4));
  }

  /**
   * u in (0, 1) for four counters: the odd multiples of 2^-24. The mixing is a published 32-bit hash (multipliers
   * and shifts of C. Wellons' "hash prospector"), the key's second half is added in its middle.
   */
  @inline static uniform(counter: v128, key1: v128): v128 {
    let x = v128.xor(counter, i32x4.shr_u(counter, 16));
    x = i32x4.mul(x, i32x4.splat(0x21f0aaad));
    x = v128.xor(x, i32x4.shr_u(x, 15));
    x = i32x4.add(x, key1);
    x = i32x4.mul(x, i32x4.splat(0xd35a2d97));
    x = v128.xor(x, i32x4.shr_u(x, 15));
    // 23 bits as the mantissa of a float in [1, 2), minus (1 - 2^-24): no conversion from integers
    x = v128.or(i32x4.shr_u(x, 9), i32x4.splat(0x3f800000));
    return f32x4.sub(x, i32x4.splat(0x3f7fffff));
  }
}

@unmanaged
export class UniformCall extends Range {
  out: usize;
  /** The two halves of the stream's key. */
  key0: u32;
  key1: u32;
}

/** out[j] = u(index + j). */
export function uniform(call: UniformCall): void {
  const key1 = i32x4.splat(call.key1);
  let counter = Random.counter(call.index, call.key0);
  let out = call.out;
  const end = out + call.bytes;
  do {
    v128.store(out, Random.uniform(counter, key1));
    counter = Random.next(counter);
    out += 16;
  } while (out < end);
}

@unmanaged
export class DropoutCall extends UniformCall {
  rate: f32;
}

/** out[j] = 0 where u(index + j) < rate, else 1 / (1 - rate). */
export function dropoutMask(call: DropoutCall): void {
  const key1 = i32x4.splat(call.key1);
  const threshold = f32x4.splat(call.rate);
  const scale = f32x4.splat(<f32>(1.0 / (1.0 - <f64>call.rate)));
  let counter = Random.counter(call.index, call.key0);
  let out = call.out;
  const end = out + call.bytes;
  do {
    v128.store(out, v128.and(f32x4.ge(Random.uniform(counter, key1), threshold), scale));
    counter = Random.next(counter);
    out += 16;
  } while (out < end);
}
