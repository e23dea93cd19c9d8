import { initializeParameters, baseParameters, parseConfig, type EncoderConfig } from '@diffprune/bert';
import { createEngine, type Engine } from '@diffprune/engine';
import { textTask, type Example } from '@diffprune/glue';
import type { EvaluationSplit } from './evaluate-split.ts';
import { optionsOf, type TrainingOptions } from './method-options.ts';
import type { OptionValues } from './options.ts';
import type { MethodName } from './methods/registry.ts';
import type { TrainingRun } from './train.ts';

/** Word i of the vocabulary is written as the number i; 0 to 2 are the special tokens. */
const wordPieces = {
  clsId: 1,
  sepId: 2,
  padId: 0,
  ids: (text: string): number[] => text.split(' ').map(Number),
};

export const config: EncoderConfig = parseConfig(
  {
    model_type: 'bert',
    vocab_size: 24,
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 24,
    max_position_embeddings: 12,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    initializer_range: 0.2,
  },
  'config.json',
);

export const task = textTask({
  name: 'high-words',
  problemType: 'single_label_classification',
  labels: ['low', 'high'],
  metrics: ['accuracy'],
});

/** Rows of 2 to 9 words; label 1 where the first word is a high one. */
export function rows(count: number): EvaluationSplit<Example> {
  const examples = Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 2 + (i % 8) }, (_, k) => 3 + ((i * 7 + k * 5) % 21));
    return { index: String(i), textA: words.join(' '), label: words[0]! >= 13 ? 1 : 0, line: i + 1 };
  });
  return { examples, features: task.encode(examples, wordPieces, 12) };
}

let engine: Promise<Engine> | undefined;

/** Options of a short run, those that the method has. */
function brief(method: MethodName): OptionValues {
  const usual = {
    epochs: 2,
    fixedMaskEpochs: 2,
    batchSize: 8,
    learningRate: 1e-2,
    fixedMaskLearningRate: 1e-2,
  };
  return Object.fromEntries(Object.entries(usual).filter(([name]) => Object.hasOwn(optionsOf(method), name)));
}

/** A run that takes moments: 30 rows, batches of 8, so that one batch of each epoch is partial. */
export async function tinyRun(
  method: MethodName,
  options: OptionValues = {},
  model: EncoderConfig = config,
): Promise<TrainingRun> {
  engine ??= createEngine('cpu', { threads: 1 });
  return {
    engine: await engine,
    config: model,
    task,
    method,
    options: { ...brief(method), ...options } as TrainingOptions,
    base: initializeParameters(baseParameters(model), model, 7),
    train: rows(30).features,
    dev: { dev: rows(10) },
  };
}
