import { createTokenizer } from '@diffprune/bert';
import { fingerprintTokenizer } from './tokenizer-fingerprint.ts';

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'ete', 'été', 'uber', 'naive', '.', 'a', 'b'];
const fingerprint = (vocabulary: readonly string[], settings = {}): Promise<string> => {
  const files = {
    'vocab.txt': `${vocabulary.join('\n')}\n`,
    'tokenizer_config.json': JSON.stringify(settings),
  };
  return fingerprintTokenizer(createTokenizer(files, 100));
};

describe('fingerprintTokenizer', () => {
  it('is the same for the same words and rules', async () => {
    expect(await fingerprint(words)).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprint(words)).toBe(await fingerprint(words, { model_max_length: 512 }));
  });

  it('is another for other words, another order or another treatment of case', async () => {
    const others = [
      fingerprint(words.toReversed()),
      fingerprint([...words, 'c']),
      fingerprint(words, { do_lower_case: false }),
    ];
    const all = await Promise.all([fingerprint(words), ...others]);
    expect(new Set(all).size).toBe(4);
  });
});
