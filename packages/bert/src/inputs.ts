import type { TensorSpec } from '@diffprune/engine';
import type { BertConfig } from './config.ts';
import { predictsWords, programParameters, scoresExamples, type Head } from './parameters.ts';

/** The static sizes that a program is compiled for. */
export interface BatchShape {
  /** Examples in a batch. */
  readonly batch: number;
  /** Tokens of each example, padding included. */
  readonly length: number;
  /** Masked positions of each example: with a masked-LM or pretraining head only. */
  readonly predictions?: number;
}

/** A dropout mask: a float32 program input whose entries are 0 (with probability `rate`) or 1/(1 - rate). */
export interface DropoutMask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rate: number;
}

/**
 * What a program reads of a batch: `input_ids`, `token_type_ids` and `attention_mask`, int32 [batch, length]; with a
 * masked-LM or pretraining head also `masked_positions`, int32 [batch, predictions], the places within each example to
 * predict.
 */
export function batchInputs(head: Head, shape: BatchShape): Record<string, TensorSpec> {
  const tokens = int32(shape.batch, shape.length);
  return {
    input_ids: tokens,
    token_type_ids: tokens,
    attention_mask: tokens,
    ...(predictsWords(head) && { masked_positions: int32(shape.batch, predictions(shape)) }),
  };
}

/**
 * What the loss reads besides: `labels` (int32 classes or float32 scores, [batch]) or, for a span,
 * `start_positions` and `end_positions` (int32 [batch]), and `example_weights`, float32 [batch], 0 for padding rows.
 * With a masked-LM head `labels` (int32 token ids) and `label_weights` are [batch, predictions]; a pretraining head
 * reads `next_sentence_labels`, int32 [batch], 0 where the second segment follows the first, and `example_weights` too.
 */
export function labelInputs(head: Head, shape: BatchShape): Record<string, TensorSpec> {
  const { batch } = shape;
  switch (head.kind) {
    case 'classification':
      return { labels: int32(batch), example_weights: float32(batch) };
    case 'regression':
      return { labels: float32(batch), example_weights: float32(batch) };
    case 'span':
      return { start_positions: int32(batch), end_positions: int32(batch), example_weights: float32(batch) };
    case 'masked-lm': {
      const count = predictions(shape);
      return { labels: int32(batch, count), label_weights: float32(batch, count) };
    }
    case 'pretraining':
      return {
        ...labelInputs({ kind: 'masked-lm' }, shape),
        ...{ next_sentence_labels: int32(batch), example_weights: float32(batch) },
      };
  }
}

/** The dropout masks of a training program, in the order in which the model applies them; none for a rate of 0. */
export function dropoutMasks(config: BertConfig, head: Head, { batch, length }: BatchShape): DropoutMask[] {
  const { hiddenSize, numAttentionHeads: heads, numHiddenLayers } = config;
  const hidden = (name: string, rows: number): DropoutMask => {
    return { name, shape: [batch * rows, hiddenSize], rate: config.hiddenDropoutProb };
  };
  const layers = Array.from({ length: numHiddenLayers }, (_, layer): DropoutMask[] => {
    const rows = scoresExamples(head) && layer === numHiddenLayers - 1 ? 1 : length;
    const names = layerMaskNames(layer);
    const rate = config.attentionProbsDropoutProb;
    return [
      { name: names.probabilities, shape: [batch, heads, rows, length], rate },
      hidden(names.attentionOutput, rows),
      hidden(names.output, rows),
    ];
  });
  const masks = [hidden(embeddingsMaskName, length), ...layers.flat()];
  if (scoresExamples(head)) masks.push({ ...hidden(classifierMaskName, 1), rate: config.classifierDropout });
  return masks.filter(({ rate }) => rate > 0);
}

export const embeddingsMaskName = 'dropout.embeddings';
export const classifierMaskName = 'dropout.classifier';
export function layerMaskNames(layer: number) {
  return {
    probabilities: `dropout.layer.${layer}.attention.self`,
    attentionOutput: `dropout.layer.${layer}.attention.output`,
    output: `dropout.layer.${layer}.output`,
  };
}

/**
 * Everything that `predictFunction(config, head)` reads: parameters and batch.
 *
 * @throws RangeError if a size is not a positive integer or `length` exceeds `maxPositionEmbeddings`
 */
export function predictInputs(config: BertConfig, head: Head, shape: BatchShape): Record<string, TensorSpec> {
  validate(config, shape);
  const parameters = programParameters(config, head).map(
    ({ name, shape }) => [name, float32(...shape)] as const,
  );
  return { ...Object.fromEntries(parameters), ...batchInputs(head, shape) };
}

/**
 * Everything that `trainFunction(config, head)` reads: parameters, batch, labels and dropout masks.
 *
 * @throws RangeError as {@link predictInputs}
 */
export function trainInputs(config: BertConfig, head: Head, shape: BatchShape): Record<string, TensorSpec> {
  const masks = dropoutMasks(config, head, shape).map(
    ({ name, shape }) => [name, float32(...shape)] as const,
  );
  return {
    ...predictInputs(config, head, shape),
    ...labelInputs(head, shape),
    ...Object.fromEntries(masks),
  };
}

function validate(config: BertConfig, shape: BatchShape): void {
  for (const [name, size] of Object.entries(shape)) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`${name} of a batch must be a positive integer, not ${size}`);
    }
  }
  if (shape.length > config.maxPositionEmbeddings) {
    throw new RangeError(
      `a batch of length ${shape.length} does not fit the model: it has ${config.maxPositionEmbeddings} positions`,
    );
  }
}

function predictions({ predictions: count }: BatchShape): number {
  if (count === undefined)
    throw new RangeError('a masked-LM program needs the number of predictions of an example');
  return count;
}

function int32(...shape: number[]): TensorSpec {
  return { shape, dtype: 'int32' };
}

function float32(...shape: number[]): TensorSpec {
  return { shape, dtype: 'float32' };
}
