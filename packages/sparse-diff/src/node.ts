import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
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
  const bytes = await readFile(path);
  return named(path, () => decodeDiff(bytes, base, fingerprint));
}

/** Looks at a file as `inspectDiff` does at its bytes; throws as `readDiff` does. */
export async function inspectFile(path: string): Promise<DiffSummary> {
  const bytes = await readFile(path);
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
  await writeWhole(path, bytes);
  return tensors;
}

/**
 * A fingerprint that is computed once and kept beside the file, as `<file>.fingerprint`, until the size or the
 * time of change of one of the files is another. In a folder that cannot be written it is computed each time.
 *
 * @param files what the fingerprint is of, the kept one lies beside the first
 */
export async function cachedFingerprint(
  files: readonly [string, ...string[]],
  compute: () => Promise<string>,
): Promise<string> {
  const cache = `${files[0]}.fingerprint`;
  const stats = await Promise.all(files.map((file) => stat(file, { bigint: true })));
  const state = stats.map(({ size, mtimeNs }) => `${size} ${mtimeNs}`).join('\n');
  const kept = await readFile(cache, 'utf8').catch(unless('ENOENT'));
  const [fingerprint, ...rest] = kept?.split('\n') ?? [];
  if (fingerprint && /^[0-9a-f]{64}$/.test(fingerprint) && rest.join('\n') === state) return fingerprint;
  const computed = await compute();
  await writeWhole(cache, `${computed}\n${state}`).catch(unless('EACCES', 'EPERM', 'EROFS'));
  return computed;
}

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** For `catch`: undefined for these errors of the file system, other errors are thrown again. */
function unless(...codes: string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
    return undefined;
  };
}
