import { stat } from 'node:fs/promises';
import { openRegularFile, readBytes, writeFileAtomically, type FileStamp } from '@diffprune/files/node';
import { decodeDiff, inspectDiff, type DiffSummary } from './decode.ts';
import { encodeDiff, type TensorReport } from './encode.ts';
import { SparseDiffError } from './errors.ts';
import type { Base, SparseDiff } from './types.ts';

/**
 * Reads a diff from a file, of this base where one is given.
 *
 * @throws what `decodeDiff` throws, the path before its message; what the file system throws
 */
export async function readDiff(path: string, base?: Base, fingerprint?: string): Promise<SparseDiff> {
  const bytes = await readBytes(path, Infinity);
  return named(path, () => decodeDiff(bytes, base, fingerprint));
}

/** Looks at a file as `inspectDiff` does at its bytes; throws as `readDiff` does. */
export async function inspectFile(path: string): Promise<DiffSummary> {
  const bytes = await readBytes(path, Infinity);
  return named(path, () => inspectDiff(bytes));
}

function named<Read>(path: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (error instanceof SparseDiffError) error.message = `${path}: ${error.message}`;
    throw error;
  }
}

/**
 * Writes a diff to a file: the whole of it appears under its name at once, or nothing does.
 *
 * @returns what each tensor takes, and the error of its values
 */
export async function writeDiff(
  path: string,
  diff: SparseDiff,
  options: Parameters<typeof encodeDiff>[1] = {},
): Promise<readonly TensorReport[]> {
  const { bytes, tensors } = encodeDiff(diff, options);
  await writeFileAtomically(path, bytes);
  return tensors;
}

/**
 * The coarsest clock of a file system in use, in milliseconds: a file may change once more, unseen, as long as its last
 * change is no longer ago.
 */
const clockTick = 2000;

/**
 * A fingerprint that is computed once and kept beside the file, as `<file>.fingerprint`, until the inode, the size, or
 * one of the times of change of one of the files is another. Of files that changed a moment ago it is not kept, for they
 * could change again without a sign (git's "racy" files). Where it cannot be kept, it is computed each time.
 *
 * @param files what the fingerprint is of, as they were when they were read; the kept one lies beside the first
 */
export async function cachedFingerprint(
  files: readonly [FileStamp, ...FileStamp[]],
  compute: () => Promise<string>,
): Promise<string> {
  const cache = `${files[0].path}.fingerprint`;
  const state = files.map(({ stamp }) => stamp).join('\n');
  const kept = await keptFingerprint(cache, state, Math.max(...files.map(({ changed }) => changed)));
  if (kept !== undefined) return kept;
  const computed = await compute();
  const there = await stat(cache).catch(() => undefined);
  // a pipe would wait for a reader
  const keeps = there === undefined || there.isFile();
  if (keeps && files.every(({ opened, changed }) => opened - changed > clockTick)) {
    await writeFileAtomically(cache, `${computed}\n${state}`).catch(ignoreFileSystem);
  }
  return computed;
}

/** @param changed when one of the files changed last */
async function keptFingerprint(path: string, state: string, changed: number): Promise<string | undefined> {
  const file = await openRegularFile(path).catch(ignoreFileSystem);
  if (file === undefined) return undefined;
  try {
    // both times are the file system's, whatever this machine's clock says
    if (file.changed - changed <= clockTick || file.bytes !== 65 + state.length) return undefined;
    const text = new TextDecoder().decode(await file.read(0, file.bytes));
    const fingerprint = text.slice(0, 64);
    return /^[0-9a-f]{64}$/.test(fingerprint) && text.slice(64) === `\n${state}` ? fingerprint : undefined;
  } finally {
    await file.close();
  }
}

/** For `catch`: undefined for what the file system refuses, or what is no file; other errors are thrown again. */
function ignoreFileSystem(error: NodeJS.ErrnoException): undefined {
  if (error.code === undefined && error.name !== 'FileError') throw error;
}
