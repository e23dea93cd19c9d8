import { execFileSync, spawnSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readTextIfPresent } from './small-files.ts';
import { removeTemporaries, temporarySuffix, writeFileAtomically } from './write.ts';

describe('writeFileAtomically', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('leaves nothing that removeTemporaries removes, which removes what is half-written', async () => {
    await writeFile(join(folder, `half${temporarySuffix}`), 'ha');
    await writeFileAtomically(join(folder, 'whole'), 'whole');
    await removeTemporaries(folder);
    expect(await readdir(folder)).toEqual(['whole']);
  });

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

  it('says where the disk is full, and where there is no folder', async () => {
    await expect(writeFileAtomically('/dev/full', 'text')).rejects.toMatchObject({
      ...{ code: 'ENOSPC', path: '/dev/full' },
    });
    const path = join(folder, 'none', 'file');
    await expect(writeFileAtomically(path, 'text')).rejects.toMatchObject({ code: 'ENOENT', path });
  });

  it('writes a file with as long a name as there can be', async () => {
    const path = join(folder, 'x'.repeat(255));
    await writeFileAtomically(path, 'text');
    expect(await readFile(path, 'utf8')).toBe('text');
  });

  it('lets two writers of one file each write the whole of it', async () => {
    const path = join(folder, 'file');
    const texts = ['a', 'b'].map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).toContain(await readTextIfPresent(path));
    expect(await readTextIfPresent(join(folder, 'none'))).toBeUndefined();
  });

  it('writes to the file that a link leads to', async () => {
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    await writeFileAtomically(file, 'before');
    await symlink(file, link);
    await writeFileAtomically(link, 'after');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(file, 'utf8')).toBe('after');
    expect((await readdir(folder)).sort()).toEqual(['file', 'link']);
    await rm(file);
    await symlink('link', join(folder, 'second')); // over two links to where there is nothing yet
    await writeFileAtomically(join(folder, 'second'), 'anew');
    expect(await readFile(file, 'utf8')).toBe('anew');
    expect((await readdir(folder)).sort()).toEqual(['file', 'link', 'second']);
  });

  it('leaves a pipe a pipe, and a device a device', async () => {
    await writeFileAtomically('/dev/null', 'text');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    const pipe = join(folder, 'pipe');
    if (spawnSync('mkfifo', [pipe]).status !== 0) return;
    const [read] = await Promise.all([readFile(pipe, 'utf8'), writeFileAtomically(pipe, 'text')]);
    expect(read).toBe('text');
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });

  it("adds to where the program's output goes", async () => {
    const program = `
      import { writeFileAtomically } from '${new URL('./write.ts', import.meta.url).href}';
      process.stdout.write('header ');
      await writeFileAtomically(process.argv[1], 'text');
    `;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const run = `"${process.execPath}" --import "${tsx}" --input-type=module -e "$PROGRAM"`;
    const env = { ...process.env, NODE_OPTIONS: '', PROGRAM: program };
    // a link of its own, so that a failure takes nothing from /dev
    const output = join(folder, 'output');
    await symlink('/proc/self/fd/1', output);
    const shell = (script: string) => execFileSync('bash', ['-c', script], { env, encoding: 'utf8' });
    expect(shell(`${run} '${output}' | cat`)).toBe('header text');
    const file = join(folder, 'file');
    shell(`${run} '${output}' >> '${file}'; ${run} '${file}' >> '${file}'`);
    expect(await readFile(file, 'utf8')).toBe('header textheader text');
    expect((await lstat(output)).isSymbolicLink()).toBe(true);
  });
});
