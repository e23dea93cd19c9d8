import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenizer } from '@diffprune/bert';
import { corpusLines } from './corpus.ts';
import { TokenFile, writeTokenFile } from './token-file.ts';

const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'the',
  'sea',
  '##s',
  'is',
  'deep',
  '.',
  'and',
  ',',
];
const tokenizer = createTokenizer({ 'vocab.txt': `${words.join('\n')}\n` }, words.length);
const [the, sea, s, is, deep, stop, unknown, sep] = [5, 6, 7, 8, 9, 10, 1, 3];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokens-'));
  await writeFile(join(folder, 'a.txt'), 'The seas\nare  deep.\n\n\nThe sea\r\n\r\n');
  await writeFile(join(folder, 'b.txt'), '\nis deep');
});
afterAll(() => rm(folder, { recursive: true }));

const read = (text: TokenFile): number[] => {
  const ids = new Int32Array(text.length);
  text.read(0, ids);
  return [...ids];
};

it('holds the tokens of each document and [SEP] behind them, whatever files and lines they lie in', async () => {
  const path = join(folder, 'tokens.i32');
  const total = await writeTokenFile(
    path,
    ['a.txt', 'b.txt'].map((name) => join(folder, name)),
    tokenizer,
  );
  const text = TokenFile.open(path);
  const expected = [the, sea, s, unknown, deep, stop, sep, the, sea, sep, is, deep, sep];
  expect(read(text)).toEqual(expected);
  expect(total).toBe(expected.length);

  const part = text.part(4, 9);
  expect([part.length, read(part), read(part.part(1, 3))]).toEqual([5, expected.slice(4, 9), [stop, sep]]);
  expect(() => part.read(4, new Int32Array(2))).toThrow('tokens 4 to 6 of 5');
  text.close();
  expect((await readdir(folder)).sort()).toEqual(['a.txt', 'b.txt', 'tokens.i32']);
});

it('has the same tokens as lines that are tokenised whole', async () => {
  const line =
    '  The sea,the SEAS… is—deep\u00a0and\tdeep. [SEP] [MASK]and éàü the\u2028sea s\ufeffea s\x0bea the\x85  ';
  const [source, path] = [join(folder, 'line.txt'), join(folder, 'line.i32')];
  await writeFile(source, line);
  await writeTokenFile(path, [source], tokenizer);
  const text = TokenFile.open(path);
  expect(read(text)).toEqual([...tokenizer.ids(line), sep]);
  text.close();
});

it('finds added tokens that hold white space', async () => {
  const files = { 'vocab.txt': `${words.join('\n')}\n`, 'added_tokens.json': '{"deep sea": 13}' };
  const added = createTokenizer(files, words.length + 1);
  const [source, path] = [join(folder, 'added.txt'), join(folder, 'added.i32')];
  await writeFile(source, 'the deep sea\n \nis deep');
  await writeTokenFile(path, [source], added);
  const text = TokenFile.open(path);
  expect(read(text)).toEqual([the, 13, sep, is, deep, sep]);
  text.close();
});

it('leaves no file behind when a text cannot be read, and refuses one that was cut short', async () => {
  const path = join(folder, 'none.i32');
  await expect(writeTokenFile(path, [join(folder, 'missing.txt')], tokenizer)).rejects.toThrow('ENOENT');
  expect((await readdir(folder)).filter((name) => name.includes('none'))).toEqual([]);
  await writeFile(path, new Uint8Array(6));
  expect(() => TokenFile.open(path)).toThrow(/none\.i32 has 6 bytes, which are no 32-bit tokens; delete it/);
});

it('ends each file with an empty line', async () => {
  const lines: string[] = [];
  for await (const line of corpusLines([join(folder, 'b.txt'), join(folder, 'b.txt')])) lines.push(line);
  expect(lines).toEqual(['', 'is deep', '', '', 'is deep', '']);
});
