import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPartial, releasePartial } from './partial-file.ts';

const hash = 'c0ffee'.padEnd(40, '0');
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partial-'));
  path = join(folder, hash);
});
const put = async (name: string): Promise<string> => {
  await writeFile(join(folder, name), name);
  return join(folder, name);
};

describe('claimPartial', () => {
  it('takes over what nobody writes to, once', async () => {
    await put(`${hash}.partial`);
    const [one, two] = await Promise.all([claimPartial(path), claimPartial(path)]);
    expect(one).not.toBe(two);
    expect((await readdir(folder)).map((name) => join(folder, name))).toEqual([
      await readFile(one!).then(
        () => one,
        () => two,
      ),
    ]);
  });

  it('takes over what a program wrote that is no more, and leaves that of others alone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const theirs = [
      await put(`${hash}.${hostname()}-${process.pid}-00000000.partial`),
      await put(`${hash}.${hostname()}-1-00000000.partial`),
      await put(`${hash}.another-host-${pid}-00000000.partial`),
      await put(`${hash}.incomplete`),
      await put(`${hash.replace('c', 'd')}.partial`),
    ];
    await put(`${hash}.${hostname()}-${pid}-00000000.partial`);
    const own = await claimPartial(path);
    expect(await readFile(own, 'utf8')).toContain(String(pid));
    for (const file of theirs) expect(file).toBe(join(folder, await readFile(file, 'utf8')));
    expect(await readdir(folder)).toHaveLength(theirs.length + 1);

    // A file of another machine that has lain still for longer than an hour is taken, too.
    await rm(own);
    const then = Date.now() / 1000 - 3700;
    await utimes(theirs[2]!, then, then);
    expect(await readFile(await claimPartial(path), 'utf8')).toContain('another-host');
  });

  it('leaves it to the next', async () => {
    const own = await claimPartial(path);
    await releasePartial(path, own);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(own, 'half');
    await releasePartial(path, own);
    expect(await readFile(await claimPartial(path), 'utf8')).toBe('half');
  });
});
