/**
 * Operations on rows, from ≤ row < to. Rows of activations are padded with zeros to a multiple of 8 elements; so are
 * weights and biases that are vectors. Strides are in bytes.
 */
import { Fused } from '../../../tools/workspace/assembly/fused';
import { Lanes } from './lanes';

/** out = LayerNorm(x + residual)·weight + bias (Ba et al. 2016) over `size` elements; residual may be 0. */
export function layerNorm(
  x: usize,
  residual: usize,
  weight: usize,
  bias: usize,
  out: usize,
  stride: usize,
  size: u32,
  epsilon: f32,
  from: u32,
  to: u32,
): void {
  const rest = size & 3;
  const whole = (<usize>(size - rest)) << 2;
  const mask = Lanes.first(rest);
  const scale: f32 = 1 / <f32>size;
  let at = <usize>from * stride;
  const end = <usize>to * stride;
  for (; at < end; at += stride) {
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < stride; i += 16) {
      let v = v128.load(x + at + i);
      if (residual != 0) v = f32x4.add(v128.load(residual + at + i), v);
      v128.store(out + at + i, v);
      sum = f32x4.add(sum, v);
    }
    const mean = f32x4.splat(Lanes.sum(sum) * scale);
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) {
      const centred = f32x4.sub(v128.load(out + at + i), mean);
      squares = Fused.add(centred, centred, squares);
    }
    if (rest != 0) {
      const centred = v128.and(f32x4.sub(v128.load(out + at + whole), mean), mask);
      squares = Fused.add(centred, centred, squares);
    }
    const inverse = f32x4.splat(1 / sqrt<f32>(Lanes.sum(squares) * scale + epsilon));
    for (let i: usize = 0; i < stride; i += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(out + at + i), mean), inverse);
      v128.store(out + at + i, Fused.add(unit, v128.load(weight + i), v128.load(bias + i)));
    }
  }
}

/** out = x + y */
export function add(x: usize, y: usize, out: usize, stride: usize, from: u32, to: u32): void {
  const end = <usize>to * stride;
  for (let at = <usize>from * stride; at < end; at += 16) {
    v128.store(out + at, f32x4.add(v128.load(x + at), v128.load(y + at)));
  }
}

/**
 * out = words[ids] + positions + types[typeIds] (Devlin et al. 2019, figure 2). A row's position is its place in its
 * example of `length` rows. Rows of tables are `size` elements apart; types may be 0.
 */
export function embed(
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
  for (let row = from; row < to; row++) {
    const index = (<usize>row) << 2;
    const word = words + <usize>load<u32>(ids + index) * bytes;
    const position = positions + <usize>(row % length) * bytes;
    const type = types == 0 ? 0 : types + <usize>load<u32>(typeIds + index) * bytes;
    placeWord(word, position, type, out + <usize>row * stride, bytes, stride);
  }
}

/** target = word + position + type, padded; word may be the target itself, type 0. */
export function placeWord(
  word: usize,
  position: usize,
  type: usize,
  target: usize,
  bytes: usize,
  stride: usize,
): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    let sum = f32x4.add(v128.load(word + i), v128.load(position + i));
    if (type != 0) sum = f32x4.add(sum, v128.load(type + i));
    v128.store(target + i, sum);
  }
  memory.fill(target + bytes, 0, stride - bytes);
}

/** Copies `bytes` of rows that are `stride` bytes apart to where they are `outStride` apart, and fills up with zeros. */
export function copyRows(
  x: usize,
  stride: usize,
  out: usize,
  outStride: usize,
  bytes: usize,
  from: u32,
  to: u32,
): void {
  for (let row = from; row < to; row++) {
    const target = out + <usize>row * outStride;
    memory.copy(target, x + <usize>row * stride, bytes);
    memory.fill(target + bytes, 0, outStride - bytes);
  }
}
