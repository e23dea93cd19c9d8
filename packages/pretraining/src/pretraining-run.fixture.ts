import { baseParameters, headParameters, initializeParameters, parseConfig } from '@diffprune/bert';
import { createEngine, type Engine } from '@diffprune/engine';
import type { TokenText } from './sentence-pair.ts';
import type { PretrainingRun } from './pretrain.ts';
import type { PretrainingOptions } from './pretraining-options.ts';

/** Token ids as a text. */
export function textOf(ids: readonly number[]): TokenText {
  const tokens = Int32Array.from(ids);
  return {
    length: tokens.length,
    read: (position, into) => into.set(tokens.subarray(position, position + into.length)),
  };
}

export const config = parseConfig({
  vocab_size: 24,
  hidden_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 24,
  max_position_embeddings: 12,
  type_vocab_size: 2,
  initializer_range: 0.2,
});

/** A language that is easy to learn: each word, 5 to 23, comes nine times running, which is a row. */
const repeating = (rows: number, first: number): TokenText => {
  return textOf(Array.from({ length: 9 * rows + 5 }, (_, i) => 5 + ((Math.floor(i / 9) + first) % 19)));
};

let engine: Promise<Engine> | undefined;

/** A run that takes moments: 40 rows, 5 batches an epoch. */
export async function tinyPretraining(options: Partial<PretrainingOptions> = {}): Promise<PretrainingRun> {
  engine ??= createEngine('cpu', { threads: 1 });
  const specs = [...baseParameters(config), ...headParameters(config, { kind: 'pretraining' })];
  return {
    engine: await engine,
    config,
    vocabulary: {
      padId: 0,
      clsId: 2,
      sepId: 3,
      maskId: 4,
      vocabSize: 24,
      continuesWord: new Uint8Array(24),
      endsSentence: new Uint8Array(24),
    },
    options: {
      steps: 12,
      batchSize: 8,
      length: 12,
      learningRate: 1e-2,
      warmup: 0.1,
      weightDecay: 0.01,
      maxGradientNorm: 1,
      evaluationSteps: 5,
      seed: 3,
      ...options,
    },
    parameters: initializeParameters(specs, config, 7),
    train: repeating(40, 0),
    heldOut: repeating(10, 7),
  };
}
