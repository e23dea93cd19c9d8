import type { StoredTensor } from '@diffprune/tensor-files';
import type { SafetensorsReader } from '@diffprune/tensor-files/node';
import { SnapshotError, type Snapshot, type SnapshotArrays } from './snapshot.ts';

/** The first tensor is named by the stage, and holds the steps that are done: `progress/<stage>`. */
const progress = 'progress/';
/** The CRC-32 of each tensor before it, in their order, as the last one of the file. */
const checksums = 'checksums';

/** Writes a snapshot as a safetensors file, which appears under its name only when it is complete. */
export async function saveSnapshot(path: string, { stage, step, arrays }: Snapshot): Promise<void> {
  const stored = new Map<string, StoredTensor>([
    [`${progress}${stage}`, { shape: [1], data: Int32Array.of(step) }],
  ]);
  for (const [name, data] of arrays) stored.set(name, { shape: [data.length], data });
  const { crc32 } = await import('node:zlib');
  const { writeSafetensorsFile } = await import('@diffprune/tensor-files/node');
  const sums = Uint32Array.from(stored.values(), ({ data }) => crc32(data));
  await writeSafetensorsFile(path, stored.set(checksums, { shape: [sums.length], data: sums }));
}

/**
 * Opens what {@link saveSnapshot} wrote. Its arrays stay in the file until they are asked for, so that a run which goes
 * on does not hold its state twice. Each is checked as it is read, and what is damaged throws a SnapshotError.
 *
 * @returns undefined if there is no such file
 * @throws SnapshotError if it is no snapshot, or one of an earlier version, or malformed, or its first tensor is damaged
 */
export async function loadSnapshot(path: string): Promise<Snapshot | undefined> {
  const { openSafetensorsFile } = await import('@diffprune/tensor-files/node');
  let file: SafetensorsReader;
  try {
    file = await openSafetensorsFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw asSnapshotError(error);
  }
  const { crc32 } = await import('node:zlib');
  const read = (name: string): StoredTensor['data'] | undefined => {
    try {
      return file.read(name)?.data;
    } catch (error) {
      throw asSnapshotError(error);
    }
  };
  const saved = file.names.filter((name) => name !== checksums);
  const sums = new Map(read(checksums)?.entries());
  const checked = (name: string): StoredTensor['data'] | undefined => {
    const data = read(name);
    if (data !== undefined && crc32(data) !== sums.get(saved.indexOf(name))) {
      throw new SnapshotError(`${path}: the values of "${name}" are not those that were written`);
    }
    return data;
  };
  const [first = '', ...rest] = saved;
  const [step] = first.startsWith(progress) ? checked(first)! : [];
  if (step === undefined || step < 0) {
    throw new SnapshotError(
      first === 'progress'
        ? `${path} is a checkpoint of an earlier version`
        : `${path} is no checkpoint of a training run: it does not say where the run stands`,
    );
  }
  const names = new Set(rest);
  const get = (name: string): Float32Array | Uint32Array | undefined => {
    const data = names.has(name) ? checked(name) : undefined;
    if (data instanceof Int32Array) throw new SnapshotError(`${path}: ${name} holds signed integers`);
    return data;
  };
  const arrays: SnapshotArrays = {
    get,
    keys: () => names.keys(),
    *[Symbol.iterator]() {
      for (const name of names) yield [name, get(name)!] as const;
    },
  };
  return { stage: first.slice(progress.length), step, arrays };
}

/** An error that a file's content is to blame for as a SnapshotError; any other as it is. */
function asSnapshotError(error: unknown): unknown {
  const { fault, message } = error as Error & { readonly fault?: unknown };
  return fault === 'input' ? new SnapshotError(message, { cause: error }) : error;
}
