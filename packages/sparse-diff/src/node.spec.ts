import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegularFile, type FileStamp } from '@diffprune/files/node';
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
  let computed: number;
  const compute = () => Promise.resolve(String(++computed).padStart(64, '0'));
  beforeEach(() => {
    computed = 0;
  });

  /** As a file is that changed a minute ago, by all clocks. */
  async function settled(path: string, change: Partial<FileStamp> = {}): Promise<FileStamp> {
    const { read: _, close, ...stamp } = await openRegularFile(path);
    await close();
    return { ...stamp, changed: stamp.changed - 60_000, ...change };
  }

  async function twoFiles(): Promise<[string, string]> {
    const files = [join(folder, 'model.safetensors'), join(folder, 'more.safetensors')] as [string, string];
    for (const file of files) await writeFile(file, 'x');
    return files;
  }

  it('computes once, and again when a file changes or the kept one is not a fingerprint', async () => {
    const [first, second] = await twoFiles();
    const get = async () => cachedFingerprint([await settled(first), await settled(second)], compute);
    expect(await get()).toBe(await get());
    expect(computed).toBe(1);
    await writeFile(second, 'xy');
    expect(await get()).toBe('2'.padStart(64, '0'));
    await utimes(first, 1, 1);
    await get();
    expect(computed).toBe(3);
    const kept = `${first}.fingerprint`;
    for (const damage of ['nonsense', (await readFile(kept, 'utf8')).replace('0', 'g'), '']) {
      await writeFile(kept, damage);
      const before = computed;
      await get();
      await get();
      expect(computed).toBe(before + 1);
    }
  });

  it('notices other contents of the same size and time of change', async () => {
    const [first, second] = await twoFiles();
    const get = async () => {
      for (const file of [first, second]) await utimes(file, 1, 1);
      return cachedFingerprint([await settled(first), await settled(second)], compute);
    };
    await get();
    await writeFile(second, 'y');
    await get();
    expect(computed).toBe(2);
    await writeFile(join(folder, 'other'), 'z');
    await utimes(join(folder, 'other'), 1, 1);
    await rename(join(folder, 'other'), second);
    await get();
    expect(computed).toBe(3);
  });

  it('keeps none of files that changed a moment ago, or in the future', async () => {
    const [first] = await twoFiles();
    for (const age of [0, 1999, -60_000]) {
      const file = await settled(first);
      await cachedFingerprint([{ ...file, opened: file.changed + age }], compute);
      await expect(stat(`${first}.fingerprint`)).rejects.toThrow('ENOENT');
    }
    await cachedFingerprint([await settled(first)], compute);
    // the file system's own clock says that the kept one was written a moment after
    const { changed, ...file } = await settled(first);
    await cachedFingerprint([{ ...file, changed: changed + 60_000 }], compute);
    expect(computed).toBe(5);
  });

  it('computes each time where it cannot be kept', async () => {
    const [first] = await twoFiles();
    for (const place of [mkdir, (path: string) => Promise.resolve(execFileSync('mkfifo', [path]))]) {
      await place(`${first}.fingerprint`);
      computed = 0;
      expect(await cachedFingerprint([await settled(first)], compute)).toBe('1'.padStart(64, '0'));
      await rm(`${first}.fingerprint`, { recursive: true, force: true });
    }
    const gone = { ...(await settled(first)), path: join(folder, 'none', 'x') };
    expect(await cachedFingerprint([gone], compute)).toBe('2'.padStart(64, '0'));
    const failing = cachedFingerprint([await settled(first)], () => Promise.reject(new Error('no memory')));
    await expect(failing).rejects.toThrow('no memory');
  });
});
