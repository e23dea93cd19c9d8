import { constants, fstatSync, type Stats } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { followLinks } from '@diffprune/files/node';
import { InputError } from './errors.ts';

/** What a program reads, by the option that names it; `-` is the standard input. A folder stands for the files in it. */
export type Inputs = Readonly<Record<string, string | undefined>>;

/**
 * Refuses a file that could not be written in the end, before there is anything to write: a folder, one in a folder that
 * is not there or cannot be written, or one of the files that are read, by whatever path.
 *
 * @param option that names the file, for messages
 * @throws InputError; what the file system throws for a path that cannot be followed
 */
export async function checkOutputFile(option: string, path: string, inputs: Inputs = {}): Promise<void> {
  if (path === '') throw new InputError(`${option} is empty; give it a file`);
  const there = await statOf(path);
  if (there?.isDirectory() || /[\\/]$/.test(path)) {
    throw new InputError(`${option}: ${path} is a folder; give it a file`);
  }
  if (there && !there.isFile()) return access(path, constants.W_OK);
  const folder = dirname(await followLinks(path));
  const parent = await statOf(folder);
  if (parent === undefined) {
    throw new InputError(`${option}: there is no folder ${folder} for ${path}; make it first`);
  }
  await access(folder, constants.W_OK);
  for (const [input, from] of Object.entries(inputs)) {
    if (there && from !== undefined && (await holds(from, there))) {
      throw new InputError(`${option}: ${path} is a file that ${input} reads; give it another`);
    }
  }
}

/**
 * Refuses a folder that could not be written to, or made, in the end: a file, one in a place that cannot be written, or
 * one of the folders that are read, by whatever path.
 *
 * @param option that names the folder, for messages
 * @throws InputError; what the file system throws for a path that cannot be followed
 */
export async function checkOutputFolder(option: string, path: string, inputs: Inputs = {}): Promise<void> {
  if (path === '') throw new InputError(`${option} is empty; give it a folder`);
  let existing = resolve(path);
  let there = await statOf(existing);
  for (; there === undefined && dirname(existing) !== existing; there = await statOf(existing)) {
    existing = dirname(existing);
  }
  if (!there?.isDirectory()) throw new InputError(`${option}: ${existing} is a file; give it a folder`);
  await access(existing, constants.W_OK);
  if (existing !== resolve(path)) return;
  for (const [input, from] of Object.entries(inputs)) {
    const read = from === undefined ? undefined : await statOf(from);
    if (read && same(read, there)) {
      throw new InputError(`${option}: ${path} is the folder that ${input} reads; give it another`);
    }
  }
}

/** Whether a file is the one at a path, or lies in the folder at it. */
async function holds(path: string, file: Stats): Promise<boolean> {
  const there = path === '-' ? fstatSync(0) : await statOf(path);
  if (!there?.isDirectory()) return there !== undefined && same(there, file);
  for (const name of await readdir(path)) {
    const entry = await statOf(join(path, name)).catch(() => undefined);
    if (entry && same(entry, file)) return true;
  }
  return false;
}

function same(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}
