import type { WeightLayout, Weights } from '../memory.ts';
import { paddedSize } from '../steps.ts';

/*
 * How weights lie in a GPU's memory: a matrix [columns, inner] as its transposed, [inner, columns], so that neighbouring
 * threads, which compute neighbouring columns, read neighbouring words; tables row by row. Rows are padded.
 */

/** Rows and words of a row, with what they are padded with, as they lie in memory. */
function extent(shape: readonly number[], layout: WeightLayout): readonly [number, number] {
  const [rows = 1, size = 1] = layout === 'vector' ? [1, shape[0]] : shape;
  return layout === 'matrix' ? [paddedSize(size), paddedSize(rows)] : [rows, paddedSize(size)];
}

/** Bytes of weights. */
export function weightBytes(shape: readonly number[], layout: WeightLayout): number {
  const [rows, width] = extent(shape, layout);
  return 4 * rows * width;
}

/** Rows and columns that are copied at a time: their lines stay in the first cache. */
const block = 16;

/** Weights, row by row, as they lie in memory. */
export function layOut({ shape, layout }: Weights, values: Float32Array): Float32Array {
  const [rows, width] = extent(shape, layout);
  const laid = new Float32Array(rows * width);
  forEach(shape, layout, width, (from, to) => (laid[to] = values[from]!));
  return laid;
}

/** Weights as they lie in memory, row by row. */
export function takeUp({ shape, layout }: Weights, laid: Float32Array): Float32Array {
  const values = new Float32Array(shape.reduce((n, axis) => n * axis, 1));
  forEach(shape, layout, extent(shape, layout)[1], (from, to) => (values[from] = laid[to]!));
  return values;
}

function forEach(
  shape: readonly number[],
  layout: WeightLayout,
  width: number,
  copy: (from: number, to: number) => void,
): void {
  const [rows = 1, size = 1] = layout === 'vector' ? [1, shape[0]] : shape;
  const [down, along] = layout === 'matrix' ? [1, width] : [width, 1];
  for (let top = 0; top < rows; top += block) {
    const bottom = Math.min(rows, top + block);
    for (let left = 0; left < size; left += block) {
      const right = Math.min(size, left + block);
      for (let row = top; row < bottom; row++) {
        for (let i = left; i < right; i++) copy(row * size + i, row * down + i * along);
      }
    }
  }
}

/** Which word an element is, of those counted row by row. */
export function wordOf({ shape, layout }: Weights): (index: number) => number {
  const [, width] = extent(shape, layout);
  const size = layout === 'vector' ? shape[0]! : shape[1]!;
  const [down, along] = layout === 'matrix' ? [1, width] : [width, 1];
  return (index) => {
    const row = Math.floor(index / size);
    return row * down + (index - row * size) * along;
  };
}
