import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sampleModelFolder } from './node.ts';
import { sampleModelUrls } from './sample-model.ts';

const config = JSON.parse(readFileSync(sampleModelUrls['config.json'], 'utf8')) as Record<string, unknown>;

it('lies in one folder, of about 3 MB', () => {
  for (const [name, url] of Object.entries(sampleModelUrls)) {
    expect(readFileSync(join(sampleModelFolder(), name)).equals(readFileSync(url))).toBe(true);
  }
  const { size } = statSync(sampleModelUrls['model.safetensors']);
  expect(size).toBeGreaterThan(2.5e6);
  expect(size).toBeLessThan(3.5e6);
});

it('is a BERT of the size that the README names, with a pretraining head, in half precision', () => {
  expect(config).toMatchObject({
    model_type: 'bert',
    architectures: ['BertForPreTraining'],
    vocab_size: 8000,
    hidden_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 512,
    max_position_embeddings: 128,
  });
  const bytes = readFileSync(sampleModelUrls['model.safetensors']);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { dtype?: string }>;
  const { __metadata__: _, ...tensors } = header;
  expect(new Set(Object.values(tensors).map(({ dtype }) => dtype))).toEqual(new Set(['F16']));
  expect(tensors['bert.embeddings.word_embeddings.weight']).toMatchObject({ shape: [8000, 128] });
  expect(tensors).toHaveProperty(['cls.predictions.transform.dense.weight']);
  expect(tensors).toHaveProperty(['cls.seq_relationship.weight']);
});

it('has the same words in both files of its tokenizer', () => {
  const words = readFileSync(sampleModelUrls['vocab.txt'], 'utf8').trimEnd().split('\n');
  const { model } = JSON.parse(readFileSync(sampleModelUrls['tokenizer.json'], 'utf8')) as {
    model: { vocab: Record<string, number> };
  };
  expect(words).toHaveLength(8000);
  expect(new Set(words).size).toBe(8000);
  expect(words.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
  expect(words.map((word) => model.vocab[word])).toEqual(words.map((_, id) => id));
});
