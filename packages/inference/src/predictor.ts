import {
  predictFunction,
  predictInputs,
  programParameters,
  type EncoderConfig,
  type Head,
} from '@diffprune/bert';
import type { Engine, TensorData } from '@diffprune/engine';
import {
  assembleBatch,
  chooseBuckets,
  planBatches,
  type Batch,
  type Features,
  type RowOutputs,
} from '@diffprune/glue';
import { Programs } from './programs.ts';
import { checkTokenTypes } from './token-types.ts';

/** The inputs of a program that a batch gives. */
export function batchTensors(batch: Batch): Record<string, Int32Array> {
  return {
    input_ids: batch.inputIds,
    token_type_ids: batch.tokenTypeIds,
    attention_mask: batch.attentionMask,
  };
}

/** Copies the outputs of a batch of `size` rows to where those of all rows of the features are gathered. */
export function collectRows(
  gathered: Record<string, Float32Array[]>,
  outputs: Readonly<Record<string, TensorData>>,
  rows: readonly number[],
  size: number,
  all: number,
): void {
  for (const [name, values] of Object.entries(outputs)) {
    const width = values.length / size;
    const found = (gathered[name] ??= new Array<Float32Array>(all));
    rows.forEach((row, i) => {
      found[row] = Float32Array.from(values.subarray(i * width, (i + 1) * width));
    });
  }
}

/** Runs the model without dropout over encoded rows. */
export class Predictor {
  readonly #programs: Programs;
  /** The weights that the programs read: a head may do without the base's pooler. */
  readonly #read: readonly string[];

  /** @param weights θ' and the head by name; read anew at each call, so that they may change in between */
  constructor(
    engine: Engine,
    readonly config: EncoderConfig,
    readonly head: Head,
    readonly weights: Readonly<Record<string, Float32Array>>,
    readonly batchSize: number,
  ) {
    this.#read = programParameters(config, head).map(({ name }) => name);
    this.#programs = new Programs(engine, predictFunction(config, head), (length) =>
      predictInputs(config, head, { batch: batchSize, length }),
    );
  }

  /**
   * @param onRows is told of how many rows the outputs are there, batch by batch
   * @returns what the model's head gives for each row, in the features' order: `logits` of as many numbers as there are
   *   labels (a regression has one); of a span, `start_logits` and `end_logits` of as many as its batch has tokens
   * @throws RangeError if a row is longer than the model has positions; TokenTypeError for pairs that it has no type for
   */
  async outputs(features: Features, onRows?: (done: number) => void): Promise<RowOutputs> {
    checkTokenTypes(this.config, features);
    const rows: Record<string, Float32Array[]> = {};
    const buckets = chooseBuckets(features, this.config.positions);
    let done = 0;
    const weights = Object.fromEntries(this.#read.map((name) => [name, this.weights[name]!]));
    for (const plan of planBatches(features, { batchSize: this.batchSize, buckets })) {
      const program = await this.#programs.for(plan.length);
      const batch = assembleBatch(features, plan, this.batchSize);
      const outputs = await program.run({ ...weights, ...batchTensors(batch) });
      collectRows(rows, outputs, plan.rows, this.batchSize, features.size);
      done += plan.rows.length;
      onRows?.(done);
    }
    return rows;
  }

  dispose(): Promise<void> {
    return this.#programs.dispose();
  }
}
