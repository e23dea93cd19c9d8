import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from './errors.ts';
import { memorySource } from './byte-source.ts';
import { openRegularFile, readAtSync } from './regular-file.ts';
import { readBytes, readJson, readText, readTextIfPresent } from './small-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function refusal(path: string, read = (path: string): Promise<unknown> => readText(path)) {
  const error: unknown = await read(path).then(
    () => 'not refused',
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(FileError);
  expect(error).toMatchObject({ file: path });
  return (error as FileError).message;
}

describe('small files', () => {
  it('are read as they are', async () => {
    const path = join(folder, 'text');
    await writeFile(path, '\uFEFFé\n');
    expect(await readText(path)).toBe('\uFEFFé\n');
    expect(await readBytes(path, 6)).toEqual(new Uint8Array([0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0x0a]));
    await symlink(path, join(folder, 'link'));
    expect(await readText(join(folder, 'link'))).toBe('\uFEFFé\n');
    expect(await readTextIfPresent(join(folder, 'none'))).toBeUndefined();
    await expect(readText(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });

  it('are refused where they are too long, before anything is read', async () => {
    const path = join(folder, 'long');
    await writeFile(path, 'abc');
    expect(await refusal(path, (path) => readText(path, 2))).toBe(`${path}: 3 bytes, expected at most 2`);
    await truncate(path, 2 ** 40);
    expect(await refusal(path)).toBe(`${path}: ${2 ** 40} bytes, expected at most ${2 ** 24}`);
  });

  it('are refused where they are no files, without waiting', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await refusal(pipe)).toContain('it is a pipe, expected a file');
    expect(await refusal('/dev/zero')).toContain('it is a device, expected a file');
    await mkdir(join(folder, 'folder'));
    expect(await refusal(join(folder, 'folder'))).toContain('it is a folder, expected a file');
    const socket = join(folder, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    expect(await refusal(socket)).toContain('a socket');
    await new Promise((resolve) => server.close(resolve));
  });

  it('are refused where they are not UTF-8, or not JSON', async () => {
    const path = join(folder, 'file');
    await writeFile(path, Uint8Array.of(0x22, 0xff, 0x22));
    expect(await refusal(path)).toBe(`${path}: it is not UTF-8 text`);
    await writeFile(path, '{');
    expect(await refusal(path, readJson)).toMatch(/file: it is not JSON \(.+\)$/);
    await writeFile(path, '['.repeat(1e5));
    expect(await refusal(path, readJson)).toMatch(/more than 100 levels/);
    await writeFile(path, '{"a": [1]}');
    expect(await readJson(path)).toEqual({ a: [1] });
  });
});

describe('openRegularFile', () => {
  it('gives a stamp that any change changes', async () => {
    const path = join(folder, 'file');
    const stampOf = async () => {
      const { read: _, close, opened: __, ...stamp } = await openRegularFile(path);
      await close();
      return stamp;
    };
    await writeFile(path, 'abcd');
    const first = await stampOf();
    expect(first).toMatchObject({ path, bytes: 4 });
    expect(await stampOf()).toEqual(first);
    expect(Math.abs(first.changed - Date.now())).toBeLessThan(60_000);

    await utimes(path, 1, 1);
    const dated = await stampOf();
    expect(dated.stamp).not.toBe(first.stamp);
    expect(dated.changed).toBeGreaterThanOrEqual(first.changed);
    // the same size and the same time, written in place and replaced
    await writeFile(path, 'efgh');
    await utimes(path, 1, 1);
    const rewritten = await stampOf();
    expect((await stat(path)).mtimeMs).toBe(1000);
    expect(rewritten.stamp).not.toBe(dated.stamp);
    await writeFile(`${path}.new`, 'ijkl');
    await utimes(`${path}.new`, 1, 1);
    execFileSync('mv', [`${path}.new`, path]);
    expect((await stampOf()).stamp).not.toBe(rewritten.stamp);
  });

  it('is read from anywhere, as far as it goes', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'abcd');
    const file = await openRegularFile(path);
    const descriptor = await open(path);
    for (const read of [
      (from: number, length: number) => file.read(from, length),
      (from: number, length: number) => readAtSync(path, descriptor.fd, from, length),
    ]) {
      expect(Buffer.from(await read(1, 2)).toString()).toBe('bc');
      expect(Buffer.from(await read(3, 9)).toString()).toBe('d');
      expect(await read(9, 1)).toHaveLength(0);
      await expect((async () => read(0, 2 ** 60))()).rejects.toThrow(FileError);
    }
    const { read } = memorySource('memory', Buffer.from('abcd'));
    expect(await Promise.all([read(1, 2), read(3, 9), read(9, 1)])).toEqual([
      Uint8Array.of(0x62, 0x63),
      Uint8Array.of(0x64),
      new Uint8Array(),
    ]);
    await descriptor.close();
    await file.close();
  });
});
