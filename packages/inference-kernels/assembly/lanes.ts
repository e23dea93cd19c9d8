/** Sums and the like over the four lanes of a vector. */
export class Lanes {
  @inline static up8(n: u32): u32 {
    return (n + 7) & ~7;
  }

  @inline static sum(x: v128): f32 {
    return (
      f32x4.extract_lane(x, 0) +
      f32x4.extract_lane(x, 1) +
      (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
    );
  }

  @inline static max(x: v128): f32 {
    return max(
      max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
      max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
    );
  }

  /** All bits in the first n lanes, n ≤ 4. */
  @inline static first(n: u32): v128 {
    return i32x4.gt_u(i32x4.splat(n), i32x4(0, 1, 2, 3));
  }
}
