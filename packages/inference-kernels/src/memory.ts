import type { DeviceLostError } from './errors.ts';
import type { HalfFormat } from './half.ts';
import type { Plan } from './run-phases.ts';

/**
 * How weights lie in memory: as a linear layer reads them, as a padded vector, or row by row, as a table that is looked
 * up.
 */
export type WeightLayout = 'matrix' | 'vector' | 'table';

/** Weights in memory. */
export interface Weights {
  /** [columns, inner] of a matrix, [size] of a vector, [rows, size] of a table. */
  readonly shape: readonly number[];
  readonly layout: WeightLayout;
  readonly at: number;
  readonly bytes: number;
  /** What they are kept as, if not as floats. */
  readonly half?: HalfFormat | undefined;
}

/** Whole numbers that a plan reads. */
export interface PlanInput {
  readonly at: number;
  readonly words: Int32Array;
}

/** Rows that a plan has written. */
export interface PlanOutput {
  readonly at: number;
  readonly rows: number;
  /** Elements of a row, without those that it is padded with. */
  readonly size: number;
  /** [rows, size], overwritten. */
  readonly values: Float32Array;
}

/** Bytes of addresses that a segment has, whatever there is of it. */
export const segmentBytes = 2 ** 32;

/** The address of the segment that an address is in. */
export function segmentOf(address: number): number {
  return address - (address % segmentBytes);
}

/**
 * A memory that plans run on. `run` and `read…` throw a DeviceLostError when it is lost. Its addresses are in bytes, in segments: a WebAssembly memory is one, from 0 on; each
 * buffer of a GPU is another. How weights lie is the memory's business.
 */
export interface KernelMemory {
  /** What it is, such as `WebAssembly, 2 threads, relaxed SIMD`. */
  readonly description: string;
  /** Pieces of working memory that a plan needs: one for each thread. */
  readonly scratchPieces: number;
  /** Bytes that are taken. */
  readonly taken: number;
  /** Settles when nothing can be run or read any more. */
  readonly lost: Promise<DeviceLostError>;

  /** @returns the address of so many bytes for plans, which hold anything. @throws OutOfMemoryError where there are not as many */
  take(bytes: number): number;
  /**
   * Memory for weights, which are all 0.
   *
   * @param half that holds all that will be written, if one does: matrices and tables of words may be kept so
   * @throws OutOfMemoryError where there is not as much
   */
  addWeights(shape: readonly number[], layout: WeightLayout, half?: HalfFormat): Weights;
  /** Waits until what was taken is there: a GPU says late that it has not as much. @throws OutOfMemoryError then */
  ready(): Promise<void>;
  /** Gives back what `take` or `addWeights` gave. */
  give(at: number, bytes: number): void;

  /** Overwrites weights, and what they are padded with. @param values row by row */
  write(weights: Weights, values: Float32Array): void;
  /** A copy of weights, row by row. */
  read(weights: Weights): Promise<Float32Array>;
  /**
   * Where elements lie, in bytes from the segment's start.
   *
   * @param indices of elements, counted row by row
   * @param offsets overwritten from `from` on
   */
  offsets(weights: Weights, indices: ArrayLike<number>, offsets: Uint32Array, from: number): void;
  /**
   * A change of weights that are kept as halves: what is at the address that is returned changes places with the first
   * 16 bytes of the weights. Nothing is rounded: changed elements lie there as floats.
   *
   * @param positions of elements that change, all different, counted row by row; undefined for all
   * @param after what becomes of them
   */
  changeHalves?(
    weights: Weights,
    positions: Uint32Array | undefined,
    after: (before: Float32Array) => Float32Array,
  ): { readonly at: number; readonly bytes: number };
  writeWords(at: number, words: Uint32Array): void;
  readWords(at: number, count: number): Promise<Uint32Array>;

  /** Runs a plan now, or before all that is run and read later. */
  submit(plan: Plan): void;
  /** Runs a plan. One runs at a time. */
  run(plan: Plan, inputs: Iterable<PlanInput>, outputs: Iterable<PlanOutput>): Promise<void>;
  /** Forgets a plan. */
  drop(plan: Plan): void;
  /** Frees everything. */
  dispose(): void;
}
