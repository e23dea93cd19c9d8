/** Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2.1). */
import { Exponential } from '../../../tools/workspace/assembly/exponential';
import { linear } from './linear';
import { pack, packTransposed } from './pack';
import { Lanes } from './lanes';

/** Queries whose scores are in memory at a time; `attentionScratch` of src/steps.ts knows it, too. */
const BLOCK_ROWS: u32 = 48;

/**
 * context = softmax(scale·q·kᵀ + bias)·v for pairs of an example and a head, from ≤ pair < to. q and context have `rows`
 * rows for each example, k and v `length`, of `heads` times `size` elements each; bias is 0 for tokens and -10000 for
 * padding, by mask [examples, length]. Strides are in bytes.
 */
export function attention(
  q: usize,
  qStride: usize,
  k: usize,
  v: usize,
  stride: usize,
  mask: usize,
  context: usize,
  contextStride: usize,
  heads: u32,
  rows: u32,
  length: u32,
  size: u32,
  scale: f32,
  scratch: usize,
  from: u32,
  to: u32,
): void {
  const padded = Lanes.up8(length);
  const width = Lanes.up8(size);
  const keys = scratch;
  const values = keys + ((<usize>padded * width) << 2);
  const queries = values + ((<usize>padded * width) << 2);
  const most = min(BLOCK_ROWS, rows);
  const mixed = queries + ((<usize>most * width) << 2);
  const scores = mixed + ((<usize>most * width) << 2);
  const bias = scores + ((<usize>most * padded) << 2);
  const zeros = bias + ((<usize>padded) << 2); // as long as the longer of both products is wide
  memory.fill(zeros, 0, (<usize>max(padded, width)) << 2);
  const sizeBytes = (<usize>size) << 2;
  const widthBytes = (<usize>width) << 2;
  const scoreBytes = (<usize>padded) << 2;
  for (let pair = from; pair < to; pair++) {
    const example = pair / heads;
    const head = pair % heads;
    const isLast = head == heads - 1;
    const offset = <usize>head * sizeBytes;
    writeBias(mask + ((<usize>example * length) << 2), length, padded, bias);
    const first = <usize>example * length * stride + offset;
    pack(k + first, stride, length, size, keys, width);
    packTransposed(v + first, stride, length, size, values, padded);
    for (let row: u32 = 0; row < rows; row += BLOCK_ROWS) {
      const count = min(BLOCK_ROWS, rows - row);
      const at = <usize>example * rows + row;
      for (let i: usize = 0; i < count; i++) {
        scaleRow(q + (at + i) * qStride + offset, size, width, scale, queries + i * widthBytes);
      }
      linear(queries, widthBytes, keys, zeros, scores, scoreBytes, count, width, 0, 0, padded >> 3);
      for (let i: usize = 0; i < count; i++) softmax(scores + i * scoreBytes, bias, scoreBytes);
      linear(scores, scoreBytes, values, zeros, mixed, widthBytes, count, padded, 0, 0, width >> 3);
      for (let i: usize = 0; i < count; i++) {
        const target = context + (at + i) * contextStride + offset;
        memory.copy(target, mixed + i * widthBytes, sizeBytes);
        if (isLast) memory.fill(target + sizeBytes, 0, contextStride - offset - sizeBytes);
      }
    }
  }
}

function writeBias(mask: usize, length: u32, padded: u32, bias: usize): void {
  for (let i: u32 = 0; i < padded; i++) {
    const at = (<usize>i) << 2;
    store<f32>(bias + at, i >= length ? -Infinity : load<u32>(mask + at) == 0 ? -10000 : 0);
  }
}

function scaleRow(x: usize, size: u32, width: u32, scale: f32, out: usize): void {
  for (let i: u32 = 0; i < width; i++) {
    const at = (<usize>i) << 2;
    store<f32>(out + at, i < size ? load<f32>(x + at) * scale : 0);
  }
}

/** x = softmax(x + bias), in place. */
function softmax(x: usize, bias: usize, bytes: usize): void {
  let top = f32x4.splat(-Infinity);
  for (let i: usize = 0; i < bytes; i += 16) {
    const s = f32x4.add(v128.load(x + i), v128.load(bias + i));
    v128.store(x + i, s);
    top = f32x4.max(top, s);
  }
  const shift = f32x4.splat(Lanes.max(top));
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const e = Exponential.of(f32x4.sub(v128.load(x + i), shift));
    v128.store(x + i, e);
    sum = f32x4.add(sum, e);
  }
  const inverse = f32x4.splat(1 / Lanes.sum(sum));
  for (let i: usize = 0; i < bytes; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), inverse));
}
