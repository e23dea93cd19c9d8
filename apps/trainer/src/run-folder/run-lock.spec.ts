import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '@diffprune/command-line';
import { isInUse, lockFolder, lockName } from './run-lock.ts';

let top: string;
let folder: string;
let lock: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'lock-'));
  folder = join(top, 'runs/a');
  lock = join(folder, lockName);
});
afterEach(() => rm(top, { recursive: true }));

const work = (): Promise<string> => Promise.resolve('done');

/** A program of its own that takes the lock and keeps it; it says what it holds. */
async function holdElsewhere() {
  const program = `
    import { lockFolder } from '${new URL('./run-lock.ts', import.meta.url).href}';
    await lockFolder(process.argv[1], () => new Promise((done) => {
      console.log('held');
      setTimeout(done, 60_000);
    })).catch((error) => console.log(error.message));
  `;
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const node = ['--conditions=@diffprune/source', '--import', tsx, '--input-type=module', '-e', program];
  const cwd = new URL('.', import.meta.url);
  const env = { ...process.env, NODE_OPTIONS: '' };
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const child = spawn(process.execPath, [...node, folder], { cwd, env, stdio });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { said: String(said).trim(), pid: child.pid!, kill };
}

describe('lockFolder', () => {
  it('makes the folder for the work, and takes it away where nothing came into it', async () => {
    expect(await lockFolder(folder, () => readdir(folder))).toEqual([lockName]);
    expect(await readdir(top)).toEqual([]);
    await lockFolder(folder, () => writeFile(join(folder, 'config.json'), '{}'));
    expect(await readdir(folder)).toEqual(['config.json']);
    await expect(lockFolder(folder, () => Promise.reject(new Error('no base')))).rejects.toThrow('no base');
    expect(await readdir(folder)).toEqual(['config.json']);
  });

  it('refuses a folder that is in use, naming who uses it, also from within one program', async () => {
    await lockFolder(folder, async () => {
      await expect(lockFolder(folder, work)).rejects.toThrow(InputError);
      await expect(lockFolder(folder, work)).rejects.toThrow(
        new RegExp(
          `^${folder} is in use: process ${process.pid} on ${hostname()} has worked in it for \\d s; wait until .*; if this is a copy of its folder, delete ${folder}`,
        ),
      );
      expect(await isInUse(folder)).toBe(true);
    });
    expect(await isInUse(folder)).toBe(false);
    expect(await lockFolder(folder, work)).toBe('done');
  });

  it('is held by one of two programs, and free as soon as that one is killed', async () => {
    const holders = await Promise.all([holdElsewhere(), holdElsewhere()]);
    const [holder, other] = holders[0].said === 'held' ? holders : holders.toReversed();
    expect(holder!.said).toBe('held');
    expect(other!.said).toContain(`is in use: process ${holder!.pid} on ${hostname()}`);
    await expect(lockFolder(folder, work)).rejects.toThrow(`process ${holder!.pid} on`);
    expect(await isInUse(folder)).toBe(true);
    await holder!.kill();
    expect(await isInUse(folder)).toBe(false);
    expect(await readdir(folder)).toEqual([lockName]);
    expect(await lockFolder(folder, work)).toBe('done');
    expect(await readdir(folder)).toEqual([]);
  });

  /** A lock like this process's, but for what is given. */
  async function leave(change: object, secondsAgo = 0): Promise<void> {
    await lockFolder(folder, async () => {
      const text = await readFile(lock, 'utf8');
      await writeFile(lock, JSON.stringify({ ...(JSON.parse(text) as object), ...change }));
    });
    const then = new Date(Date.now() - 1000 * secondsAgo);
    await utimes(lock, then, then);
  }

  it('takes over what a process of the same number left behind, and what this machine left before it started', async () => {
    await leave({ started: '1' });
    expect(await lockFolder(folder, work)).toBe('done');
    await leave({ boot: `0-0 ${(await bootNow()).split(' ')[1]}` });
    expect(await lockFolder(folder, work)).toBe('done');
  });

  it('takes over the lock of another machine when it is not renewed any more', async () => {
    await leave({ host: 'elsewhere', pid: 7 }, 100);
    await expect(lockFolder(folder, work)).rejects.toThrow(
      `process 7 on elsewhere has worked in it for 0 s; wait until it is done, stop it, or choose another --out; ` +
        `if it is no longer there, wait 120 seconds or delete ${lock}`,
    );
    await leave({ host: 'elsewhere', pid: 7 }, 130).catch(() => {});
    expect(await isInUse(folder)).toBe(true);
    const then = new Date(Date.now() - 130_000);
    await utimes(lock, then, then);
    expect(await isInUse(folder)).toBe(false);
    expect(await lockFolder(folder, work)).toBe('done');
  });

  it('takes over what is no lock, but not at once: somebody may just be writing it', async () => {
    for (const text of ['', '{"pid"', '[]', 'null', '{"pid": 1.5, "host": "a"}']) {
      await mkdir(folder, { recursive: true });
      await writeFile(lock, text);
      const then = new Date(Date.now() - 3000);
      await utimes(lock, then, then);
      expect(await lockFolder(folder, work)).toBe('done');
    }
    await writeFile(lock, '');
    const began = (await stat(lock)).mtimeMs;
    expect(await lockFolder(folder, () => Promise.resolve(Date.now() - began))).toBeGreaterThan(1900);
  });

  async function bootNow(): Promise<string> {
    return lockFolder(
      folder,
      async () => (JSON.parse(await readFile(lock, 'utf8')) as { boot: string }).boot,
    );
  }
});
