/**
 * Weights kept as halves (binary16 or bfloat16), which are widened, exactly, just before they are used: a panel of a packed
 * matrix, or a row of a table. In front of them lies a head of 64 bytes: how many elements are others while a task is on,
 * where their places (ascending, counted as they lie) and their values are, and where the whole is in floats, if it is
 * replaced; then the format. So a task changes 16 bytes, and halves not at all.
 */
import { linear } from './linear';
import { placeWord } from './rows';

/** src/half.ts has the same numbers. */
const HEAD: usize = 64;
const BINARY16: u32 = 1;
/** Rows of x that take a widened panel: enough to make it worth it, few enough to stay in the second cache. */
const BLOCK_ROWS: u32 = 192;

/** `linear` over a matrix of halves; `panel` holds 8·inner floats. */
export function linearHalf(
  x: usize,
  stride: usize,
  weight: usize,
  bias: usize,
  out: usize,
  outStride: usize,
  rows: u32,
  inner: u32,
  activation: u32,
  panel: usize,
  from: u32,
  to: u32,
): void {
  const whole = load<u32>(weight, 12);
  if (whole != 0) {
    linear(x, stride, whole, bias, out, outStride, rows, inner, activation, from, to);
    return;
  }
  const size = inner << 3;
  for (let top: u32 = 0; top < rows; top += BLOCK_ROWS) {
    const height = min(BLOCK_ROWS, rows - top);
    const first = x + <usize>top * stride;
    const target = out + <usize>top * outStride;
    for (let p = from; p < to; p++) {
      takeHalves(weight, p * size, size, panel);
      const before = panel - <usize>p * <usize>size * 4; // so that this panel is the p-th
      linear(first, stride, before, bias, target, outStride, height, inner, activation, p, p + 1);
    }
  }
}

/** `embed` whose word table is of halves; see rows.ts. */
export function embedHalf(
  ids: usize,
  typeIds: usize,
  words: usize,
  positions: usize,
  types: usize,
  out: usize,
  stride: usize,
  size: u32,
  length: u32,
  from: u32,
  to: u32,
): void {
  const bytes = (<usize>size) << 2;
  const whole = load<u32>(words, 12);
  for (let row = from; row < to; row++) {
    const index = (<usize>row) << 2;
    const id = load<u32>(ids + index);
    const position = positions + <usize>(row % length) * bytes;
    const type = types == 0 ? 0 : types + <usize>load<u32>(typeIds + index) * bytes;
    const target = out + <usize>row * stride;
    let word = target;
    if (whole != 0) word = whole + <usize>id * bytes;
    else takeHalves(words, id * size, size, target);
    placeWord(word, position, type, target, bytes, stride);
  }
}

/** Writes `count` elements from the `first` on as floats, as they are with the task that is on. Up to 7 more are written. */
function takeHalves(weight: usize, first: u32, count: u32, target: usize): void {
  widen(weight + HEAD + ((<usize>first) << 1), count, load<u32>(weight, 16), target);
  const changes = load<u32>(weight);
  if (changes == 0) return;
  const places = <usize>load<u32>(weight, 4);
  const values = <usize>load<u32>(weight, 8);
  let low: u32 = 0;
  for (let high = changes; low < high;) {
    const middle = (low + high) >>> 1;
    if (load<u32>(places + ((<usize>middle) << 2)) < first) low = middle + 1;
    else high = middle;
  }
  for (; low < changes; low++) {
    const at = (<usize>low) << 2;
    const place = load<u32>(places + at) - first;
    if (place >= count) break;
    store<u32>(target + ((<usize>place) << 2), load<u32>(values + at));
  }
}

/** Eight halves at a time as floats. */
function widen(source: usize, count: u32, format: u32, target: usize): void {
  const end = target + ((<usize>count) << 2);
  if (format == BINARY16) {
    for (; target < end; target += 32, source += 16) {
      const halves = v128.load(source);
      v128.store(target, Binary16.widen(i32x4.extend_low_i16x8_u(halves)));
      v128.store(target, Binary16.widen(i32x4.extend_high_i16x8_u(halves)), 16);
    }
  } else {
    const zero = i16x8.splat(0);
    for (; target < end; target += 32, source += 16) {
      const halves = v128.load(source);
      v128.store(target, v128.shuffle<u16>(zero, halves, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(target, v128.shuffle<u16>(zero, halves, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    }
  }
}

class Binary16 {
  /**
   * Four finite numbers, one in each lane, as floats: their exponent is 112 more. Below 2^-14 they are whole numbers times
   * 2^-24, which is the same digits behind 2^-14 less 2^-14.
   */
  @inline static widen(halves: v128): v128 {
    const digits = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
    const normal = i32x4.add(digits, i32x4.splat(112 << 23));
    const least = i32x4.splat(113 << 23);
    const small = f32x4.sub(i32x4.add(digits, least), least);
    const value = v128.bitselect(small, normal, i32x4.gt_s(i32x4.splat(1 << 23), digits));
    return v128.or(value, i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16));
  }
}

/** Floats that halves can hold, as halves. */
export function narrow(source: usize, count: u32, format: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const bits = load<u32>(source);
    let half = bits >>> 16;
    if (format == BINARY16) {
      const size = bits & 0x7fffffff;
      const digits =
        size < 113 << 23
          ? <u32>(reinterpret<f32>(size) * 16777216) // 2^24
          : (size - (112 << 23)) >>> 13;
      half = (half & 0x8000) | digits;
    }
    store<u16>(target, half);
    source += 4;
    target += 2;
  }
}
