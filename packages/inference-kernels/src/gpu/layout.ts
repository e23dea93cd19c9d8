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

/** Weights, row by row, as they lie in memory. */
export function layOut(weights: Weights, values: Float32Array): Float32Array {
  const { shape, layout } = weights;
  const [rows, width] = extent(shape, layout);
  if (layout !== 'matrix' && shape.at(-1) === width) return values;
  const laid = new Float32Array(rows * width);
  if (layout === 'matrix') transpose(values, shape[1]!, laid, width, shape[0]!, shape[1]!);
  else copyRows(values, laid, shape.at(-1)!, width);
  return laid;
}

/** Weights as they lie in memory, row by row. */
export function takeUp({ shape, layout }: Weights, laid: Float32Array): Float32Array {
  const [, width] = extent(shape, layout);
  const values = new Float32Array(shape.reduce((n, axis) => n * axis, 1));
  if (layout === 'matrix') transpose(laid, width, values, shape[1]!, shape[1]!, shape[0]!);
  else copyRows(laid, values, width, shape.at(-1)!);
  return values;
}

/** Rows and columns that are copied at a time: their lines stay in the first cache. */
const block = 8;

/** to[column][row] = from[row][column], for rows that are so many elements apart. */
function transpose(
  from: Float32Array,
  fromWidth: number,
  to: Float32Array,
  toWidth: number,
  rows: number,
  columns: number,
): void {
  for (let top = 0; top < rows; top += block) {
    const bottom = Math.min(rows, top + block);
    for (let left = 0; left < columns; left += block) {
      const right = Math.min(columns, left + block);
      for (let row = top; row < bottom; row++) {
        for (let i = left; i < right; i++) to[i * toWidth + row] = from[row * fromWidth + i]!;
      }
    }
  }
}

/** Copies rows, or as much of them as the narrower ones hold. */
function copyRows(from: Float32Array, to: Float32Array, fromWidth: number, toWidth: number): void {
  const width = Math.min(fromWidth, toWidth);
  const rows = Math.ceil(from.length / fromWidth);
  for (let row = 0; row < rows; row++) {
    to.set(from.subarray(row * fromWidth, row * fromWidth + width), row * toWidth);
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
