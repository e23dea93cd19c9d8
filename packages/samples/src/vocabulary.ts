import { opinionTexts } from './opinion.ts';
import { sceneTexts } from './scene.ts';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const punctuation = [...`!"#$%&'()*+,-./:;<=>?@[]_`];
const characters = [...'0123456789abcdefghijklmnopqrstuvwxyz'];

/**
 * A WordPiece vocabulary, lower case, in the order of `vocab.txt`: the special tokens ([PAD] is 0), punctuation,
 * characters alone and as continuations, then the words of the sample tasks. Other words fall apart into
 * characters.
 */
export function sampleVocabulary(): string[] {
  const texts = [...opinionTexts, ...sceneTexts].map((text) => text.replace(/\{[^}]*\}/g, ' '));
  const words = new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z]{2,}/g) ?? []));
  return [
    ...special,
    ...punctuation,
    ...characters,
    ...characters.map((character) => `##${character}`),
    ...[...words].sort(),
  ];
}

/**
 * `config.json` of a small BERT over `sampleVocabulary`: 2 layers, hidden size 128, 2 heads, 64 positions; about
 * half a million parameters.
 */
export const sampleConfig = {
  architectures: ['BertModel'],
  model_type: 'bert',
  vocab_size: sampleVocabulary().length,
  hidden_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 512,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  max_position_embeddings: 64,
  type_vocab_size: 2,
  initializer_range: 0.02,
  layer_norm_eps: 1e-12,
  pad_token_id: 0,
} as const;
