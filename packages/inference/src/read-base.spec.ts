import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { baseParameters, headParameters, initializeParameters, parameterSize } from '@diffprune/bert';
import { writeCheckpoint } from '@diffprune/bert/node';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import { loadBase } from './base.ts';
import { memoryFiles } from './index.ts';
import { readBase } from './read-base.ts';
import { config } from './tiny-model.fixture.ts';

const words = Array.from({ length: 15 }, (_, i) => `w${i}`);
const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words].join('\n');

describe('readBase', () => {
  let folder: string;
  const head = { kind: 'regression' } as const;
  const specs = baseParameters(config);
  const values = initializeParameters([...specs, ...headParameters(config, head)], config, 3);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'base-'));
    const tokenizerFiles = { 'vocab.txt': vocabulary };
    await writeCheckpoint(folder, { config, tensors: values, heads: [head], tokenizerFiles });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the base parameters, and what a diff says of them', async () => {
    const base = await readBase(folder);
    expect([...base.tensors]).toEqual(
      specs.map(({ name, shape }) => [name, { shape, data: values.get(name)! }]),
    );
    expect(base.parameters).toBe(specs.reduce((sum, spec) => sum + parameterSize(spec), 0));
    expect(base.bytes).toBe((await stat(join(folder, 'model.safetensors'))).size);
    expect(base.fingerprint).toBe(await fingerprintTensors(base.tensors));
    expect(base).toMatchObject({ folder, config, tokenizerFiles: { 'vocab.txt': vocabulary } });
    expect(base.tokenizer.ids('w3 w0')).toEqual([8, 5]);
  });

  it('is the same from bytes in memory', async () => {
    const files: Record<string, Uint8Array> = {};
    for (const name of ['config.json', 'model.safetensors', 'vocab.txt']) {
      files[name] = await readFile(join(folder, name));
    }
    const given = Object.values(files).map((bytes) => bytes.slice());
    const { predictors: _, ...base } = await loadBase(memoryFiles(files, folder));
    const { bytes: __, folder: ___, tokenizer, ...read } = await readBase(folder);
    expect({ ...base, tokenizer }).toEqual({ ...read, tokenizer });
    expect(base.tokenizer.ids('w3 w0')).toEqual([8, 5]);
    // what is done to the base is not done to the bytes
    for (const { data } of base.tensors.values()) data.fill(7);
    expect(Object.values(files).map((bytes) => bytes.slice())).toEqual(given);
    await expect(loadBase(memoryFiles({ 'config.json': files['config.json']! }, 'mine'))).rejects.toThrow(
      'mine holds no weights: expected model.safetensors',
    );
    await expect(loadBase(memoryFiles({}, 'mine'))).rejects.toThrow('mine/config.json is missing');
  });

  it('keeps the fingerprint beside the weights, until they are others', async () => {
    await readBase(folder);
    await setTimeout(2100); // of files that changed a moment ago none is kept
    const { fingerprint } = await readBase(folder);
    const kept = join(folder, 'model.safetensors.fingerprint');
    expect((await readFile(kept, 'utf8')).split('\n')[0]).toBe(fingerprint);
    const tensors = new Map(values).set('bert.pooler.dense.bias', new Float32Array(16).fill(1));
    await writeCheckpoint(folder, { config, tensors, heads: [], tokenizerFiles: {} });
    const changed = await readBase(folder);
    expect(changed.fingerprint).toBe(await fingerprintTensors(changed.tensors));
    expect(changed.fingerprint).not.toBe(fingerprint);
  });

  it('tells tokenizers apart', async () => {
    const before = await readBase(folder);
    await writeFile(join(folder, 'vocab.txt'), vocabulary.replace('w7', 'v7'));
    const after = await readBase(folder);
    expect(after.tokenizerFingerprint).not.toBe(before.tokenizerFingerprint);
    expect(after.fingerprint).toBe(before.fingerprint);
  });

  it('refuses a folder that is no model', async () => {
    await expect(readBase(join(folder, 'none'))).rejects.toThrow('there is no such folder');
    await expect(readBase(tmpdir())).rejects.toThrow('config.json is missing');
  });
});
