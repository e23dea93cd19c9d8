import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporarySuffix } from '@diffprune/files/node';
import { InputError } from '@diffprune/command-line';
import { formatDuration } from '../format.ts';

/** Name of the file in a run folder that says who works in it. */
export const lockName = 'run.lock';

/** What a lock says: a process, and what tells it from a later one of the same number. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** The machine's start, and the process's, as Linux names them; empty elsewhere. */
  readonly boot: string;
  readonly started: string;
  /** When it took the lock, in ISO 8601. */
  readonly since: string;
}

/** Seconds after which a lock of another machine counts as left behind, for its holder renews it more often. */
const patience = 120;
const renewal = 20;

/**
 * Does work in a folder that no other process works in meanwhile; makes the folder, and takes it away again where
 * nothing came into it. The lock of a process that was killed is taken over: at once on the same machine, elsewhere when
 * it has not been renewed for two minutes.
 *
 * @throws InputError naming the process that works in the folder
 */
export async function lockFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const made = await mkdir(folder, { recursive: true });
  const path = join(folder, lockName);
  const text = await acquire(path, folder);
  const renew = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, 1000 * renewal).unref();
  try {
    return await work();
  } finally {
    clearInterval(renew);
    if ((await contentOf(path)) === text) await rm(path, { force: true });
    if (made !== undefined) await removeEmpty(resolve(folder), resolve(made));
  }
}

/** Whether a process works in a folder, as far as {@link lockFolder} would say so. */
export async function isInUse(folder: string): Promise<boolean> {
  const path = join(folder, lockName);
  const found = await contentOf(path);
  if (found === undefined) return false;
  const holder = parse(found);
  const age = (Date.now() - (await changed(path))) / 1000;
  return holder === undefined ? age < 2 : !isLeftBehind(holder, age);
}

/** @returns what the lock says */
async function acquire(path: string, folder: string): Promise<string> {
  const text = JSON.stringify(thisProcess());
  for (;;) {
    const taken = await writeFile(path, text, { flag: 'wx' }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        return false;
      },
    );
    if (taken) return text;
    const found = await contentOf(path);
    if (found === undefined) continue; // it has just been released
    const age = (Date.now() - (await changed(path))) / 1000;
    const holder = parse(found);
    if (holder === undefined && age < 2) await sleep(100);
    else if (holder === undefined || isLeftBehind(holder, age)) await takeAway(path, found);
    else throw new InputError(describe(folder, path, holder));
  }
}

/** Removes a lock that was left behind, and not one that somebody has taken in the meantime. */
async function takeAway(path: string, found: string): Promise<void> {
  const aside = `${path}.${randomUUID()}${temporarySuffix}`;
  await rename(path, aside).catch(unlessMissing);
  const moved = await contentOf(aside);
  if (moved !== undefined && moved !== found) await rename(aside, path);
  else await rm(aside, { force: true });
}

function thisProcess(): Holder {
  const { pid } = process;
  return { pid, host: hostname(), boot: bootOf(), started: startOf(pid), since: new Date().toISOString() };
}

function isLeftBehind({ pid, host, boot, started }: Holder, age: number): boolean {
  if (host !== hostname()) return age > patience;
  if (boot !== bootOf()) return boot.split(' ')[1] === bootOf().split(' ')[1] || age > patience;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  return startOf(pid) !== started;
}

/** The machine's start and the set of processes that is seen from here (a container has its own), as far as they are known. */
function bootOf(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** When a process started, in clock ticks since the machine did; empty where that is not known, or it has ended. */
function startOf(pid: number): string {
  try {
    // the name, in brackets, may hold anything; behind it come the state and, as the 20th field, the start
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return 'ZX'.includes(fields[0]!) ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, host, boot, started, since } = JSON.parse(text) as Record<string, unknown>;
    const texts = [host, boot, started, since].every((value) => typeof value === 'string');
    return texts && Number.isSafeInteger(pid) ? (JSON.parse(text) as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function describe(folder: string, path: string, { pid, host, boot, since }: Holder): string {
  const seconds = Math.max(0, (Date.now() - Date.parse(since)) / 1000);
  const stale =
    host === hostname() && boot === bootOf()
      ? `if this is a copy of its folder, delete ${path}`
      : `if it is no longer there, wait ${patience} seconds or delete ${path}`;
  return (
    `${folder} is in use: process ${pid} on ${host} has worked in it for ${formatDuration(seconds)}; ` +
    `wait until it is done, stop it, or choose another --out; ${stale}`
  );
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessMissing);
}

async function changed(path: string): Promise<number> {
  return (await stat(path).catch(unlessMissing))?.mtimeMs ?? 0;
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

/** Removes a folder, and those above it up to `top`, as long as they are empty. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let each = folder; each.startsWith(top); each = dirname(each)) {
    if (!(await rmdir(each).then(() => true, () => false))) return; // prettier-ignore
  }
}
