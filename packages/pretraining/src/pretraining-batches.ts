import type { BatchShape, Tokenizer } from '@diffprune/bert';
import { streamKey, streamOf, uniformAt } from '@diffprune/kernels';
import type { BatchSource, StepBatch } from '@diffprune/training';
import { maskRow, predictionsFor, type MaskingVocabulary } from './masking.ts';
import { readPair, textTokens, type PairVocabulary, type TokenText } from './sentence-pair.ts';

/** What pretraining must know of a vocabulary. */
export type PretrainingVocabulary = MaskingVocabulary & PairVocabulary;

/**
 * What pretraining must know of a tokenizer's vocabulary.
 *
 * @param vocabSize words of the model
 */
export function pretrainingVocabulary(tokenizer: Tokenizer, vocabSize: number): PretrainingVocabulary {
  const byId = (holds: (token: string) => boolean): Uint8Array =>
    Uint8Array.from({ length: vocabSize }, (_, id) => Number(holds(tokenizer.token(id) ?? '')));
  return {
    ...tokenizer,
    vocabSize,
    continuesWord: byId((token) => token.startsWith('##')),
    endsSentence: byId((token) => ['.', '!', '?'].includes(token)),
  };
}

/**
 * Rows of a text for pretraining: consecutive tokens, one document after the other, packed to the full length, in two
 * segments of which the second follows the first or does not (`readPair`), with tokens to predict
 * (`maskRow`). Each epoch draws other pairs, masks and another order, from (seed, epoch) alone; the rows that do
 * not fill its last batch are left out.
 */
export class PretrainingBatches implements BatchSource {
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
    readonly vocabulary: PretrainingVocabulary,
    readonly options: { readonly batchSize: number; readonly length: number; readonly seed: number },
  ) {
    const { batchSize, length } = options;
    this.#rows = Math.floor(text.length / textTokens(length));
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
    const { text, vocabulary } = this;
    const count = this.#predictions;
    const ids = new Int32Array(batchSize * length).fill(vocabulary.padId);
    const types = new Int32Array(batchSize * length);
    const nextSentenceLabels = new Int32Array(batchSize);
    const exampleWeights = new Float32Array(batchSize);
    const positions = new Int32Array(batchSize * count);
    const labels = new Int32Array(batchSize * count);
    const weights = new Float32Array(batchSize * count);
    rows.forEach((row, i) => {
      const tokens = ids.subarray(i * length, (i + 1) * length);
      nextSentenceLabels[i] = readPair(
        text,
        row * textTokens(length),
        tokens,
        types.subarray(i * length, (i + 1) * length),
        streamKey(seed, epoch, streamOf('sentencePairs', row)),
        vocabulary,
      );
      exampleWeights[i] = 1;
      const [from, to] = [i * count, (i + 1) * count];
      maskRow(tokens, streamKey(seed, epoch, streamOf('tokenMasks', row)), vocabulary, {
        positions: positions.subarray(from, to),
        labels: labels.subarray(from, to),
        weights: weights.subarray(from, to),
      });
    });
    const inputs = {
      input_ids: ids,
      token_type_ids: types,
      attention_mask: new Int32Array(batchSize * length).fill(1),
      masked_positions: positions,
      labels,
      label_weights: weights,
      next_sentence_labels: nextSentenceLabels,
      example_weights: exampleWeights,
    };
    return { length, examples: rows.length, inputs };
  }

  #shuffled(epoch: number): Int32Array {
    const key = streamKey(this.options.seed, epoch, streamOf('pretrainingOrder'));
    const order = Int32Array.from({ length: this.#rows }, (_, row) => row);
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(uniformAt(key, i) * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
