import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTextIfPresent } from './small-files.ts';
import { writeFileAtomically } from './write.ts';

describe('writeFileAtomically', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes text, bytes, and parts as they come', async () => {
    const bytes = Uint8Array.of(0xc3, 0xa9);
    const parts = async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
    };
    for (const content of ['é', bytes, [bytes.subarray(0, 1), bytes.subarray(1)], parts()]) {
      const path = join(folder, 'file');
      await writeFileAtomically(path, content);
      expect(await readFile(path)).toEqual(Buffer.from(bytes));
      expect(await readdir(folder)).toEqual(['file']);
      await rm(path);
    }
    await writeFileAtomically(join(folder, 'empty'), '');
    expect(await readTextIfPresent(join(folder, 'empty'))).toBe('');
  });

  it('leaves what was there, and nothing else, where it fails', async () => {
    const path = join(folder, 'file');
    await writeFileAtomically(path, 'before');
    const failing = async function* () {
      yield new Uint8Array(3);
      throw new Error('no more');
    };
    await expect(writeFileAtomically(path, failing())).rejects.toThrow('no more');
    expect(await readTextIfPresent(path)).toBe('before');
    await mkdir(join(folder, 'folder'));
    await expect(writeFileAtomically(join(folder, 'folder'), 'text')).rejects.toThrow('EISDIR');
    await expect(writeFileAtomically(join(folder, 'none', 'file'), 'text')).rejects.toThrow('ENOENT');
    expect(await readdir(folder)).toEqual(['file', 'folder']);
  });

  it('lets two writers of one file each write the whole of it', async () => {
    const path = join(folder, 'file');
    const texts = ['a', 'b'].map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).toContain(await readTextIfPresent(path));
    expect(await readTextIfPresent(join(folder, 'none'))).toBeUndefined();
  });
});
