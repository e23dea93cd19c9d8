import { rowLengths } from './buckets.ts';
import type { Features, RowLabels } from './encode.ts';
import { shuffle, uniforms } from './random.ts';

/** Which rows form a batch, and the length that they are padded to. */
export interface BatchPlan {
  readonly length: number;
  /** Row numbers; fewer than the batch size only in an epoch's one partial batch. */
  readonly rows: readonly number[];
}

export interface PlanOptions {
  /** Rows in a batch. */
  readonly batchSize: number;
  /** Increasing lengths that rows are padded to, such as `chooseBuckets` gives. */
  readonly buckets: readonly number[];
  /** Without it, rows keep their order within their bucket: the order for evaluation. */
  readonly shuffle?: { readonly seed: number; readonly epoch: number };
}

/** A batch as a program takes it; matrices are [size, length], row by row. */
export interface Batch {
  readonly size: number;
  readonly length: number;
  readonly inputIds: Int32Array;
  /** 0 for [CLS] a [SEP] and for padding, 1 for b [SEP]. */
  readonly tokenTypeIds: Int32Array;
  /** 1 for tokens, 0 for padding; in a padding row, 1 for its first position, so that no softmax is empty. */
  readonly attentionMask: Int32Array;
  /** The features' labels, [size]; 0 for padding rows; absent where the features have none. */
  readonly labels?: RowLabels;
  /** [size]; 1 for rows, 0 for padding rows. */
  readonly exampleWeights: Float32Array;
  /** The batch's row numbers, without padding rows: restores the order of the examples. */
  readonly rows: readonly number[];
}

/** Batches in an epoch, which is the number of optimiser steps: ⌈examples / batchSize⌉. */
export function batchesPerEpoch(examples: number, batchSize: number): number {
  return Math.ceil(examples / batchSize);
}

/**
 * Divides rows into batches of one bucket each. Every row comes exactly once. What is left of a bucket when its
 * batches are full moves up to the next, so that an epoch has `batchesPerEpoch` batches and at most one of them is
 * partial. Shuffled, both the rows of a bucket and the order of the batches follow from (seed, epoch) alone.
 *
 * @throws RangeError if the batch size is not a positive integer, the buckets do not increase, or a row is longer
 *   than the last of them
 */
export function planBatches(features: Features, options: PlanOptions): BatchPlan[] {
  const { batchSize, buckets } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize is ${batchSize}, expected a positive integer`);
  }
  if (buckets.some((length, i) => !Number.isInteger(length) || length <= (buckets[i - 1] ?? 0))) {
    throw new RangeError(`buckets are ${buckets.join(', ')}, expected increasing positive integers`);
  }
  const uniform = options.shuffle && uniforms(options.shuffle.seed, options.shuffle.epoch);
  const order = Array.from({ length: features.size }, (_, row) => row);
  if (uniform) shuffle(order, uniform);
  const plans: BatchPlan[] = [];
  let rest: { length: number; rows: number[] } = { length: 0, rows: [] };
  for (const [length, rows] of fillBuckets(features, order, buckets)) {
    if (rows.length === 0) continue;
    const waiting = [...rest.rows, ...rows];
    const full = waiting.length - (waiting.length % batchSize);
    for (let i = 0; i < full; i += batchSize) plans.push({ length, rows: waiting.slice(i, i + batchSize) });
    rest = { length, rows: waiting.slice(full) };
  }
  if (rest.rows.length > 0) plans.push(rest);
  return uniform ? shuffle(plans, uniform) : plans;
}

/** The rows of each bucket, in the given order. */
function fillBuckets(features: Features, order: readonly number[], buckets: readonly number[]) {
  const lengths = rowLengths(features);
  const filled = new Map(buckets.map((length) => [length, [] as number[]]));
  for (const row of order) {
    const length = lengths[row] ?? 0;
    const bucket = buckets.find((bound) => length <= bound);
    if (bucket === undefined) {
      throw new RangeError(
        `row ${row} has ${length} tokens, more than the longest bucket, ${buckets.at(-1)}`,
      );
    }
    filled.get(bucket)?.push(row);
  }
  return filled;
}

/**
 * Makes a planned batch: rows padded to its length, and up to `batchSize` with padding rows, which have weight 0.
 *
 * @throws RangeError if the plan has more rows than batchSize or a row that is not in the features
 */
export function assembleBatch(features: Features, plan: BatchPlan, batchSize: number): Batch {
  const { length, rows } = plan;
  if (rows.length > batchSize) throw new RangeError(`${rows.length} rows do not fit a batch of ${batchSize}`);
  const inputIds = new Int32Array(batchSize * length).fill(features.padId);
  const tokenTypeIds = new Int32Array(batchSize * length);
  const attentionMask = new Int32Array(batchSize * length);
  const exampleWeights = new Float32Array(batchSize);
  const labels = features.labels && labelsOf(features.labels, rows, batchSize);
  rows.forEach((row, i) => {
    const [from, to] = [features.offsets[row], features.offsets[row + 1]];
    if (from === undefined || to === undefined || to - from > length) {
      throw new RangeError(`row ${row} is not among the ${features.size} or is longer than ${length} tokens`);
    }
    const start = i * length;
    inputIds.set(features.tokens.subarray(from, to), start);
    tokenTypeIds.fill(1, start + (features.firstLengths[row] ?? 0), start + to - from);
    attentionMask.fill(1, start, start + to - from);
    exampleWeights[i] = 1;
  });
  for (let i = rows.length; i < batchSize; i++) attentionMask[i * length] = 1;
  return {
    size: batchSize,
    length,
    inputIds,
    tokenTypeIds,
    attentionMask,
    ...(labels && { labels }),
    exampleWeights,
    rows,
  };
}

function labelsOf(labels: RowLabels, rows: readonly number[], batchSize: number): RowLabels {
  const batch = Object.entries(labels).map(([name, values]) => {
    const found = values instanceof Float32Array ? new Float32Array(batchSize) : new Int32Array(batchSize);
    rows.forEach((row, i) => (found[i] = values[row]!));
    return [name, found] as const;
  });
  return Object.fromEntries(batch);
}
