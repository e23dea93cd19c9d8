import type { Weights } from './memory.ts';

/** What a linear layer's output goes through; assembly/activation.ts has the same numbers. */
export const activations = { none: 0, gelu: 1, gelu_new: 2, relu: 3, tanh: 4 } as const;
export type Activation = keyof typeof activations;

/**
 * A kernel's call on part of its work: `kernel(...numbers, from, to)` for units of it, such as rows or panels, which
 * threads share. Addresses and strides are in bytes.
 */
export interface Step {
  readonly kernel: string;
  readonly numbers: readonly number[];
  readonly units: number;
  /** Units that are not worth dividing. */
  readonly grain: number;
  /** Bytes of working memory that a thread needs, if it needs any: their address comes behind the numbers. */
  readonly scratch?: number;
}

/** Elements of a row in memory: rows are padded with zeros. */
export function paddedSize(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** Bytes from a row to the next. */
export function strideOf(size: number): number {
  return 4 * paddedSize(size);
}

/** Rows of a matrix in memory. */
export interface Rows {
  readonly at: number;
  /** Bytes from a row to the next. */
  readonly stride: number;
}

/**
 * The address of weights for a step; one that is odd says that they are kept as halves: a kernel of its own widens them.
 */
export function addressOf({ at, half }: Weights): number {
  return half ? at + 1 : at;
}

/** out = f(x·Wᵀ + b). @param weight `addressOf` W [columns, inner] */
export function linearStep(
  x: Rows,
  weight: number,
  bias: number,
  out: Rows,
  shape: { readonly rows: number; readonly columns: number; readonly inner: number },
  activation: Activation,
): Step {
  const { rows, columns, inner } = shape;
  const isHalf = weight % 2 === 1;
  const numbers = [x.at, x.stride, weight - +isHalf, bias, out.at, out.stride];
  return {
    kernel: isHalf ? 'linearHalf' : 'linear',
    numbers: [...numbers, rows, paddedSize(inner), activations[activation]],
    units: paddedSize(columns) / 8,
    grain: Math.max(1, Math.round(4e5 / (rows * inner * 8))),
    ...(isHalf && { scratch: 32 * paddedSize(inner) }),
  };
}

/** Shapes of an attention: queries have `rows` rows for each example, keys and values `length`. */
export interface AttentionShape {
  readonly examples: number;
  readonly heads: number;
  readonly rows: number;
  readonly length: number;
  /** Elements of a head. */
  readonly size: number;
}

/** Rows of queries whose scores `attention` has in memory at a time. */
const attentionRows = 48;

/** Bytes of keys, values, queries, context, scores and biases of one example and head, as assembly/attention.ts lays them. */
function attentionScratch({ rows, length, size }: AttentionShape): number {
  const [keys, width, block] = [paddedSize(length), paddedSize(size), Math.min(attentionRows, rows)];
  return 4 * (2 * keys * width + block * (2 * width + keys) + keys + Math.max(keys, width));
}

/**
 * context = softmax(q·kᵀ/√size + bias)·v for every example and head.
 *
 * @param mask u32 [examples, length], 0 for padding
 */
export function attentionStep(
  { query, key, value }: { readonly query: Rows; readonly key: Rows; readonly value: Rows },
  mask: number,
  context: Rows,
  shape: AttentionShape,
): Step {
  const { examples, heads, rows, length, size } = shape;
  const places = [query.at, query.stride, key.at, value.at, key.stride, mask, context.at, context.stride];
  return {
    kernel: 'attention',
    numbers: [...places, heads, rows, length, size, 1 / Math.sqrt(size)],
    units: examples * heads,
    grain: Math.max(1, Math.round(2e5 / (rows * length * size))),
    scratch: attentionScratch(shape),
  };
}

/** out = LayerNorm(x + residual)·weight + bias over rows of one stride. @param residual 0 where there is none */
export function layerNormStep(
  x: Rows,
  residual: number,
  weight: number,
  bias: number,
  out: Rows,
  shape: { readonly rows: number; readonly size: number },
  epsilon: number,
): Step {
  const { rows, size } = shape;
  const numbers = [x.at, residual, weight, bias, out.at, out.stride, size, epsilon];
  return { kernel: 'layerNorm', numbers, units: rows, grain: rowsWorth(size) };
}

/** out = x + y over rows of one stride. */
export function addStep(x: Rows, y: Rows, out: Rows, { rows, size }: { rows: number; size: number }): Step {
  return { kernel: 'add', numbers: [x.at, y.at, out.at, out.stride], units: rows, grain: rowsWorth(size) };
}

/** Where the inputs and tables (`addressOf`) of an embedding lie; `types` is 0 where a model has none. */
export interface Embedding {
  readonly ids: number;
  readonly typeIds: number;
  readonly words: number;
  readonly positions: number;
  readonly types: number;
}

/** out = words[ids] + positions + types[typeIds]. */
export function embedStep(
  { ids, typeIds, words, positions, types }: Embedding,
  out: Rows,
  { rows, size, length }: { readonly rows: number; readonly size: number; readonly length: number },
): Step {
  const isHalf = words % 2 === 1;
  const numbers = [ids, typeIds, words - +isHalf, positions, types, out.at, out.stride, size, length];
  return { kernel: isHalf ? 'embedHalf' : 'embed', numbers, units: rows, grain: rowsWorth(size) };
}

/** Copies `bytes` of each of some rows. */
export function copyStep(x: Rows, out: Rows, rows: number, bytes: number): Step {
  const numbers = [x.at, x.stride, out.at, out.stride, bytes];
  return { kernel: 'copyRows', numbers, units: rows, grain: rowsWorth(bytes / 4) };
}

/** words[i] = the word at `offsets[i]` bytes of a segment */
export function gatherStep(segment: number, offsets: number, words: number, count: number): Step {
  return { kernel: 'gather', numbers: [segment, offsets, words], units: count, grain: 8192 };
}

/** The word at `offsets[i]` bytes of a segment = words[i]; offsets are all different. Both lists begin at multiples of 16. */
export function scatterStep(segment: number, offsets: number, words: number, count: number): Step {
  return { kernel: 'scatter', numbers: [segment, offsets, words], units: count, grain: 8192 };
}

/** a ↔ b, a multiple of 16 bytes; a lies among weights, b was taken for it alone */
export function exchangeStep(a: number, b: number, bytes: number): Step {
  return { kernel: 'exchange', numbers: [a, b], units: bytes / 16, grain: 8192 };
}

function rowsWorth(size: number): number {
  return Math.max(1, Math.round(8192 / size));
}
