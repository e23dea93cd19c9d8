import type { BatchShape } from '@diffprune/bert';
import type { TensorData } from '@diffprune/engine';

/** A batch as a training program reads it. */
export interface StepBatch {
  /** Tokens of each row, padding included. */
  readonly length: number;
  /** Rows, without padding rows. */
  readonly examples: number;
  /** Tokens and labels, by the names of the program's inputs. */
  readonly inputs: Readonly<Record<string, TensorData>>;
}

/** The batches of a stage in their order, a function of the step alone. */
export interface BatchSource {
  /** Batches of an epoch. */
  readonly perEpoch: number;
  /** The greatest length of a batch. */
  readonly longest: number;
  /** What programs for batches of this length are compiled for. */
  shape(length: number): BatchShape;
  /** The batch of the stage's optimiser step `step`, counted from 0; valid until the next call. */
  at(step: number): StepBatch;
}
