import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeDiff } from './encode.ts';
import { FormatError, TensorError, WrongBaseError } from './errors.ts';
import { createManifest } from './manifest.ts';
import { cachedFingerprint, inspectFile, readDiff, writeDiff } from './node.ts';
import { fingerprint } from './testing.ts';
import type { SparseDiff } from './types.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sparse-diff-'));
});
afterEach(() => rm(folder, { recursive: true }));

const diff: SparseDiff = {
  manifest: createManifest({ base: { fingerprint } }),
  tensors: [
    { name: 'w', shape: [9], operation: 'add', positions: Uint32Array.of(4), values: Float32Array.of(1e-5) },
  ],
};

describe('writeDiff and readDiff', () => {
  it('write and read a file, and report the error of the values', async () => {
    const file = join(folder, 'a.sdiff');
    expect(await writeDiff(file, diff)).toEqual(encodeDiff(diff).tensors);
    expect(await readDiff(file)).toEqual(diff);
    const [report] = await writeDiff(file, diff, { values: 'bf16' });
    expect(report!.maxError).toBe(
      Math.abs(diff.tensors[0]!.values[0]! - (await readDiff(file)).tensors[0]!.values[0]!),
    );
    expect(report!.relativeError).toBeLessThan(2 ** -8);
    expect(await readdir(folder)).toEqual(['a.sdiff']);
  });

  it('leave a file as it was where the diff cannot be written', async () => {
    const file = join(folder, 'a.sdiff');
    await writeFile(file, 'before');
    const broken = { ...diff, tensors: [{ ...diff.tensors[0]!, shape: [2] }] };
    await expect(writeDiff(file, broken)).rejects.toThrow(TensorError);
    expect(await readFile(file, 'utf8')).toBe('before');
    await expect(readDiff(file)).rejects.toThrow(FormatError);
    await expect(writeDiff(join(folder, 'missing', 'a.sdiff'), diff)).rejects.toThrow('ENOENT');
    await writeDiff(file, diff);
    await expect(writeDiff(join(file, 'a.sdiff'), diff)).rejects.toThrow('ENOTDIR');
    expect(await readdir(folder)).toEqual(['a.sdiff']);
  });
});

describe('files that cannot be used', () => {
  it('are named, with what was wrong', async () => {
    const file = join(folder, 'a.sdiff');
    await writeFile(file, encodeDiff(diff).bytes.subarray(0, -3));
    await expect(readDiff(file)).rejects.toThrow(`${file}: the file is cut short`);
    await expect(inspectFile(file)).rejects.toThrow(`${file}: the file is cut short`);
    await writeDiff(file, diff);
    expect(await inspectFile(file)).toMatchObject({ manifest: diff.manifest, tensors: [{ name: 'w' }] });
    const wrong = readDiff(file, new Map(), 'f'.repeat(64));
    await expect(wrong).rejects.toThrow(WrongBaseError);
    await expect(wrong).rejects.toThrow(`${file}: the diff is for a base with fingerprint`);
    await expect(readDiff(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });
});

describe('cachedFingerprint', () => {
  it('computes once, and again when a file changes or the kept one is not a fingerprint', async () => {
    const files = [join(folder, 'model.safetensors'), join(folder, 'more.safetensors')] as [string, string];
    for (const file of files) await writeFile(file, 'x');
    let computed = 0;
    const get = () => cachedFingerprint(files, () => Promise.resolve(String(++computed).padStart(64, '0')));
    expect(await get()).toBe(await get());
    expect(computed).toBe(1);
    await writeFile(files[1], 'xy');
    expect(await get()).toBe('2'.padStart(64, '0'));
    await utimes(files[0], 1, 1);
    await get();
    expect(computed).toBe(3);
    await writeFile(`${files[0]}.fingerprint`, 'nonsense');
    await get();
    expect(computed).toBe(4);
    await get();
    expect(computed).toBe(4);
    await expect(cachedFingerprint([join(folder, 'none')], () => Promise.resolve(''))).rejects.toThrow(
      'ENOENT',
    );
  });
});
