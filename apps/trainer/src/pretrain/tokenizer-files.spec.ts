import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenizer } from '@diffprune/bert';
import { countWords, learnVocabulary, uncasedTokenizerFiles } from './tokenizer-files.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vocabulary-'));
  file = join(folder, 'text.txt');
  await writeFile(file, 'Low lower,\nlowest low.\n\nÉlan élan: low');
});
afterAll(() => rm(folder, { recursive: true }));

it('counts the words of all files', async () => {
  expect([...(await countWords([file, file]))].sort()).toEqual([
    [',', 2],
    ['.', 2],
    [':', 2],
    ['elan', 4],
    ['low', 6],
    ['lower', 2],
    ['lowest', 2],
  ]);
});

it('makes tokenizer.json and vocab.txt that say the same', async () => {
  const words = await learnVocabulary([file], 60);
  const files = uncasedTokenizerFiles(words, 32);
  const text = 'ÉLAN, lowest… [MASK] slow 北';
  const whole = createTokenizer(files, words.length);
  const plain = createTokenizer({ 'vocab.txt': files['vocab.txt']! }, words.length);
  expect(whole.ids(text)).toEqual(plain.ids(text));
  const tokens = whole.ids(text).map((id) => whole.token(id));
  expect(tokens.join(' ')).toBe('elan , lowe ##s ##t [UNK] [MASK] s ##l ##o ##w [UNK]');
  expect([whole.padId, whole.unkId, whole.clsId, whole.sepId, whole.maskId]).toEqual([0, 1, 2, 3, 4]);
});

it('says which option to change when the characters need more', async () => {
  await expect(learnVocabulary([file], 20)).rejects.toThrow(
    /its characters alone need \d+; raise --vocabulary-size/,
  );
});
