import { generateTask } from './generate.ts';
import { sampleTasks } from './tasks.ts';
import { sampleConfig, sampleVocabulary } from './vocabulary.ts';

describe('sampleVocabulary', () => {
  const vocabulary = sampleVocabulary();

  it('begins with the special tokens and repeats none', () => {
    expect(vocabulary.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(new Set(vocabulary).size).toBe(vocabulary.length);
    expect(sampleConfig.vocab_size).toBe(vocabulary.length);
    expect(vocabulary.length).toBeGreaterThan(200);
    expect(vocabulary.length).toBeLessThan(1500);
  });

  it('has every word that the tasks can hold, and no word that they never hold', () => {
    const met = new Set<string>();
    for (const { name } of sampleTasks) {
      const { train, dev } = generateTask(name, { trainRows: 8000, devRows: 2000, seed: 11 });
      const lines = [...train.split('\n').slice(1), ...dev.split('\n').slice(1)];
      const texts = lines.flatMap((line) => line.split('\t').slice(0, -1)).join(' ');
      for (const word of texts.toLowerCase().match(/[a-z]+|[.,]/g) ?? []) met.add(word);
    }
    for (const word of met) expect(vocabulary).toContain(word);
    for (const word of vocabulary.filter((token) => /^[a-z]{2,}$/.test(token))) expect(met).toContain(word);
  });
});

describe('sampleConfig', () => {
  it('is a BERT whose heads divide its width', () => {
    expect(sampleConfig.hidden_size % sampleConfig.num_attention_heads).toBe(0);
    expect(JSON.parse(JSON.stringify(sampleConfig))).toEqual(sampleConfig);
  });
});
