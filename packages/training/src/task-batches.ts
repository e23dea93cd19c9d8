import type { BatchShape } from '@diffprune/bert';
import {
  assembleBatch,
  batchesPerEpoch,
  chooseBuckets,
  planBatches,
  type BatchPlan,
  type Features,
} from '@diffprune/glue';
import { batchTensors } from '@diffprune/inference';
import type { BatchSource, StepBatch } from './batch-source.ts';
import type { LabelledObjective } from './objective.ts';

/** A task's labelled rows in batches of similar length, in an order that each epoch draws anew. */
export class TaskBatches implements BatchSource {
  readonly perEpoch: number;
  readonly longest: number;
  readonly #buckets: readonly number[];
  #epoch = -1;
  #plans: readonly BatchPlan[] = [];

  /**
   * @param positions the greatest length that the model takes
   * @param firstEpoch number of the first epoch: epochs of other numbers have other orders
   * @param objective what reads the batches
   * @throws RangeError for rows without labels, or longer than the model has positions
   */
  constructor(
    readonly features: Features,
    positions: number,
    readonly options: { readonly batchSize: number; readonly seed: number },
    readonly firstEpoch: number,
    readonly objective: Pick<LabelledObjective, 'rowInputs'> = {},
  ) {
    if (features.labels === undefined) throw new RangeError('rows without labels cannot be trained on');
    this.perEpoch = batchesPerEpoch(features.size, options.batchSize);
    this.#buckets = chooseBuckets(features, positions);
    this.longest = this.#buckets.at(-1)!;
  }

  shape(length: number): BatchShape {
    return { batch: this.options.batchSize, length };
  }

  at(step: number): StepBatch {
    const { batchSize, seed } = this.options;
    const epoch = this.firstEpoch + Math.floor(step / this.perEpoch);
    if (epoch !== this.#epoch) {
      const shuffle = { seed, epoch };
      this.#plans = planBatches(this.features, { batchSize, buckets: this.#buckets, shuffle });
      this.#epoch = epoch;
    }
    const batch = assembleBatch(this.features, this.#plans[step % this.perEpoch]!, batchSize);
    const { length, labels, exampleWeights, rows } = batch;
    const more = this.objective.rowInputs?.(rows, this.shape(length));
    const inputs = { ...batchTensors(batch), ...labels, example_weights: exampleWeights, ...more };
    return { length, examples: rows.length, inputs };
  }
}
