import type { BatchShape } from '@diffprune/bert';
import { streamKey, uniformAt } from '@diffprune/kernels';
import type { BatchSource, StepBatch } from './batch-source.ts';
import { maskRow, predictionsFor, type MaskingVocabulary } from './masking.ts';

/** A text as token ids, with [SEP] at the end of each document; it may be longer than memory. */
export interface TokenText {
  /** Tokens. */
  readonly length: number;
  /** Copies the tokens from `position` on, as many as `into` takes. */
  read(position: number, into: Int32Array): void;
}

/** Streams of random numbers from here on draw masks, one for each row; one below, the order of an epoch's rows. */
const firstRowStream = 2 ** 32;

/**
 * Rows of a text for masked language modelling: consecutive tokens, one document after the other, packed to the full
 * length between [CLS] and [SEP] (the FULL-SENTENCES form of Liu et al. 2019, section 4.2; no next sentence is
 * predicted). Each epoch draws other masks, and another order, from (seed, epoch) alone; the rows that do not fill
 * its last batch are left out.
 */
export class MaskedBatches implements BatchSource {
  readonly perEpoch: number;
  readonly longest: number;
  readonly #rows: number;
  readonly #predictions: number;
  #epoch = -1;
  #order: Int32Array = new Int32Array();

  /**
   * @throws RangeError for a text that does not fill one row
   */
  constructor(
    readonly text: TokenText,
    readonly vocabulary: MaskingVocabulary,
    readonly options: { readonly batchSize: number; readonly length: number; readonly seed: number },
  ) {
    const { batchSize, length } = options;
    this.#rows = Math.floor(text.length / (length - 2));
    this.perEpoch = Math.floor(this.#rows / batchSize);
    if (this.#rows === 0) {
      throw new RangeError(`a text of ${text.length} tokens is too short for a row of length ${length}`);
    }
    this.longest = length;
    this.#predictions = predictionsFor(length);
  }

  shape(length: number): BatchShape {
    return { batch: this.options.batchSize, length, predictions: this.#predictions };
  }

  at(step: number): StepBatch {
    const { batchSize } = this.options;
    const epoch = Math.floor(step / this.perEpoch);
    if (epoch !== this.#epoch) {
      this.#order = this.#shuffled(epoch);
      this.#epoch = epoch;
    }
    const first = (step % this.perEpoch) * batchSize;
    return this.#assemble(this.#order.subarray(first, first + batchSize), epoch);
  }

  /** The rows in the text's order with the masks of the first epoch, as many as there are; for evaluation. */
  *inOrder(): Generator<StepBatch> {
    const { batchSize } = this.options;
    const order = Int32Array.from({ length: this.#rows }, (_, row) => row);
    for (let first = 0; first < this.#rows; first += batchSize) {
      yield this.#assemble(order.subarray(first, first + batchSize), 0);
    }
  }

  /** @param rows at most a batch; what is missing is padding without predictions */
  #assemble(rows: Int32Array, epoch: number): StepBatch {
    const { batchSize, length, seed } = this.options;
    const { clsId, sepId, padId } = this.vocabulary;
    const count = this.#predictions;
    const ids = new Int32Array(batchSize * length).fill(padId);
    const positions = new Int32Array(batchSize * count);
    const labels = new Int32Array(batchSize * count);
    const weights = new Float32Array(batchSize * count);
    rows.forEach((row, i) => {
      const tokens = ids.subarray(i * length, (i + 1) * length);
      tokens[0] = clsId;
      this.text.read(row * (length - 2), tokens.subarray(1, -1));
      tokens[length - 1] = sepId;
      const [from, to] = [i * count, (i + 1) * count];
      maskRow(tokens, streamKey(seed, epoch, firstRowStream + row), this.vocabulary, {
        positions: positions.subarray(from, to),
        labels: labels.subarray(from, to),
        weights: weights.subarray(from, to),
      });
    });
    const inputs = {
      input_ids: ids,
      token_type_ids: new Int32Array(batchSize * length),
      attention_mask: new Int32Array(batchSize * length).fill(1),
      masked_positions: positions,
      labels,
      label_weights: weights,
    };
    return { length, examples: rows.length, inputs };
  }

  #shuffled(epoch: number): Int32Array {
    const key = streamKey(this.options.seed, epoch, firstRowStream - 1);
    const order = Int32Array.from({ length: this.#rows }, (_, row) => row);
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(uniformAt(key, i) * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
