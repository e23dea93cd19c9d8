import { readFileSync } from 'node:fs';
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

  it('is another for added tokens, and for their flags', async () => {
    const added = (flags: object) => ({ added_tokens_decoder: { 10: { content: 'a', ...flags } } });
    const settings = [
      {},
      added({ normalized: false }),
      added({ normalized: true }),
      added({ normalized: true, lstrip: true }),
      added({ normalized: true, single_word: true }),
      { cls_token: '[SEP]' },
    ];
    const all = await Promise.all(settings.map((values) => fingerprint(words, values)));
    expect(new Set(all).size).toBe(settings.length);
    // whether it counts as special decides on no id
    expect(await fingerprint(words, added({ normalized: false, special: true }))).toBe(all[1]);
  });

  it('is what it was before tokenizers had such rules, for BERT and for the sample model', async () => {
    const files = Object.fromEntries(
      ['tokenizer.json', 'tokenizer_config.json'].map((name) => [
        name,
        readFileSync(new URL(`../../samples/model/${name}`, import.meta.url), 'utf8'),
      ]),
    );
    const sample = await fingerprintTokenizer(createTokenizer(files, 8000));
    expect([await fingerprint(words), sample]).toEqual([
      'a24d9f54ae344644bf6c8835bf200d418fa8cf0b7cc06965e9d7602633227175',
      '77f9e6e286e1b187b9d7efd1892332aff3f3b6c988331044bb94534313a5dfca',
    ]);
  });
});
