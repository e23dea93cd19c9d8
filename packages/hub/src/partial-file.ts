import { randomUUID } from 'node:crypto';
import { readdir, rename, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** How long a file of another machine's program lies still until that program is taken for gone, in milliseconds. */
const patience = 3_600_000;

/**
 * A name for a file that is on its way to `path`, which no other program writes to: that of an earlier attempt that
 * was broken off, if there is one, or a file that does not exist yet. It is called `<path>.partial` while nobody
 * writes to it, `<path>.<host>-<process>-<random>.partial` while somebody does.
 */
export async function claimPartial(path: string): Promise<string> {
  const own = `${path}.${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}.partial`;
  const names = await readdir(dirname(path));
  for (const name of names.filter((name) => name.startsWith(`${basename(path)}.`))) {
    const found = join(dirname(path), name);
    // Of several that move one file, one succeeds.
    if ((await isAbandoned(found)) && (await rename(found, own).then(() => true, () => false))) return own; // prettier-ignore
  }
  return own;
}

/** Leaves a file to the next attempt. */
export async function releasePartial(path: string, own: string): Promise<void> {
  await rename(own, `${path}.partial`).catch(() => undefined); // nothing has come yet
}

async function isAbandoned(file: string): Promise<boolean> {
  if (!file.endsWith('.partial')) return false;
  const [, host, process] = /^[0-9a-f]+\.(.*)-(\d+)-[0-9a-f]{8}\.partial$/.exec(basename(file)) ?? [];
  if (host === undefined) return true;
  if (host === hostname()) return !isAlive(Number(process));
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > patience;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
