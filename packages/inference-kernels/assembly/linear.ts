/** Linear layers: y = f(x·Wᵀ + b). */
import { Activation } from './activation';
import { tile } from './generated/tiles';

/** Rows of x that one pass over the panels takes: they stay in the second cache. */
const BLOCK_ROWS: u32 = 96;
/** Of k: of a panel and of eight rows of x 12 kB each stay in the first cache. */
const BLOCK_INNER: u32 = 384;
const TILE_ROWS: u32 = 8;
/** Rows from which on it takes longer to compute with a panel than to read it. */
const FETCH_ROWS: u32 = 5;

/**
 * out = f(x·Wᵀ + bias) for panels from ≤ p < to, of 8 columns of out each.
 *
 * W [columns, inner] is packed (pack.ts); inner is a multiple of 4; strides are in bytes.
 */
export function linear(
  x: usize,
  stride: usize,
  weight: usize,
  bias: usize,
  out: usize,
  outStride: usize,
  rows: u32,
  inner: u32,
  activation: u32,
  from: u32,
  to: u32,
): void {
  const end = weight + <usize>to * <usize>inner * 32;
  for (let top: u32 = 0; top < rows; top += BLOCK_ROWS) {
    const height = min(BLOCK_ROWS, rows - top);
    const tiles = (height + TILE_ROWS - 1) / TILE_ROWS;
    for (let panel = from; panel < to; panel++) {
      const weights = weight + <usize>panel * <usize>inner * 32;
      for (let k: u32 = 0; k < inner; k += BLOCK_INNER) {
        const depth = min(BLOCK_INNER, inner - k);
        let a = x + <usize>top * stride + <usize>k * 4;
        let c = out + <usize>top * outStride + <usize>panel * 32;
        if (height >= FETCH_ROWS) {
          const next = weights + <usize>(k + depth) * 32;
          fetch(next, min(end - next, <usize>depth * 32));
        }
        let left = height;
        for (let i = tiles; i > 0; i--) {
          const count = (left + i - 1) / i; // tiles of equal height, or nearly
          tile(
            count,
            a,
            stride,
            weights + <usize>k * 32,
            depth,
            c,
            outStride,
            k == 0 ? bias + <usize>panel * 32 : 0,
          );
          if (activation != 0 && k + depth == inner) activate(activation, c, outStride, count);
          left -= count;
          a += <usize>count * stride;
          c += <usize>count * outStride;
        }
      }
    }
  }
}

/**
 * Reads a word of each line of 64 bytes, all at once, so that the lines are there when a tile needs them. A tile by itself
 * waits for one after the other: its loop is too long for a processor to see the next line meanwhile.
 *
 * @param bytes a multiple of 128, as panels are long
 */
function fetch(at: usize, bytes: usize): void {
  for (const end = at + bytes; at < end; at += 128) {
    load<u32>(at);
    load<u32>(at, 64);
  }
}

function activate(activation: u32, at: usize, stride: usize, rows: u32): void {
  for (let i: u32 = 0; i < rows; i++) {
    v128.store(at, Activation.of(activation, v128.load(at)));
    v128.store(at, Activation.of(activation, v128.load(at, 16)), 16);
    at += stride;
  }
}
