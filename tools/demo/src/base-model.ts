import { baseParameters, initializeParameters, parseConfig, writeCheckpoint } from '@diffprune/bert';
import { sampleConfig, sampleVocabulary } from '@diffprune/samples';

/**
 * Writes a small BERT of random weights over the sample tasks' words, as a Hugging Face folder. Larger weights than
 * BERT's usual ones make attention differ between tokens from the start; dropout would only slow down so short a run.
 */
export async function writeBase(folder: string): Promise<void> {
  const config = parseConfig({
    ...sampleConfig,
    initializer_range: 0.1,
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
  });
  const tokenizerFiles = { 'vocab.txt': `${sampleVocabulary().join('\n')}\n` };
  const tensors = initializeParameters(baseParameters(config), config, 1);
  await writeCheckpoint(folder, { config, tensors, heads: [], tokenizerFiles });
}
