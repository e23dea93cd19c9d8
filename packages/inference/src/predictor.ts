import { predictFunction, predictInputs, type EncoderConfig, type Head } from '@diffprune/bert';
import type { Engine } from '@diffprune/engine';
import { assembleBatch, chooseBuckets, planBatches, type Batch, type Features } from '@diffprune/glue';
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

/** Runs the model without dropout over encoded rows. */
export class Predictor {
  readonly #programs: Programs;

  /** @param weights θ' and the head by name; read anew at each call, so that they may change in between */
  constructor(
    engine: Engine,
    readonly config: EncoderConfig,
    readonly head: Head,
    readonly weights: Readonly<Record<string, Float32Array>>,
    readonly batchSize: number,
  ) {
    this.#programs = new Programs(engine, predictFunction(config, head), (length) =>
      predictInputs(config, head, { batch: batchSize, length }),
    );
  }

  /**
   * @returns the logits of each row in the features' order, [rows, labels] (a regression has one)
   * @throws RangeError if a row is longer than the model has positions; TokenTypeError for pairs that it has no type for
   */
  async logits(features: Features): Promise<Float32Array> {
    checkTokenTypes(this.config, features);
    const columns = this.head.kind === 'classification' ? this.head.labels : 1;
    const logits = new Float32Array(features.size * columns);
    const buckets = chooseBuckets(features, this.config.positions);
    for (const plan of planBatches(features, { batchSize: this.batchSize, buckets })) {
      const program = await this.#programs.for(plan.length);
      const batch = assembleBatch(features, plan, this.batchSize);
      const outputs = await program.run({ ...this.weights, ...batchTensors(batch) });
      plan.rows.forEach((row, i) => {
        const found = outputs['logits']!.subarray(i * columns, (i + 1) * columns);
        logits.set(found, row * columns);
      });
    }
    return logits;
  }

  dispose(): Promise<void> {
    return this.#programs.dispose();
  }
}
