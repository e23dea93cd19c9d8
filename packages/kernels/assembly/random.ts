/** Counter-based uniform random numbers: two multiplications and four xor-shifts for four lanes. */

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

/** out[j] = u(index + j); count is a multiple of 4. */
export function uniform(out: usize, index: u32, count: u32, key0: u32, key1: u32): void {
  const key = i32x4.splat(key1);
  let counter = Random.counter(index, key0);
  const end = out + ((<usize>count) << 2);
  do {
    v128.store(out, Random.uniform(counter, key));
    counter = Random.next(counter);
    out += 16;
  } while (out < end);
}

/** out[j] = 0 where u(index + j) < rate, else 1 / (1 - rate); count is a multiple of 4. */
export function dropoutMask(out: usize, index: u32, count: u32, key0: u32, key1: u32, rate: f32): void {
  const key = i32x4.splat(key1);
  const threshold = f32x4.splat(rate);
  const scale = f32x4.splat(<f32>(1.0 / (1.0 - <f64>rate)));
  let counter = Random.counter(index, key0);
  const end = out + ((<usize>count) << 2);
  do {
    v128.store(out, v128.and(f32x4.ge(Random.uniform(counter, key), threshold), scale));
    counter = Random.next(counter);
    out += 16;
  } while (out < end);
}
