import type { StoredTensor } from '@diffprune/tensor-files';
import type { SafetensorsReader } from '@diffprune/tensor-files/node';
import { SnapshotError, type Snapshot, type SnapshotArrays } from './snapshot.ts';

/** The tensor [stage, step] beside the snapshot's arrays. */
const progress = 'progress';
/** The CRC-32 of each tensor before it, in their order, as the last one of the file. */
const checksums = 'checksums';
/** What names of whole numbers end with. */
const integers = ['/positions', '/order'];

/** Writes a snapshot as a safetensors file, which appears under its name only when it is complete. */
export async function saveSnapshot(path: string, { stage, step, arrays }: Snapshot): Promise<void> {
  const tensors = [...arrays].map(([name, array]): [string, StoredTensor] => {
    const data =
      array instanceof Uint32Array ? new Int32Array(array.buffer, array.byteOffset, array.length) : array;
    return [name, { shape: [data.length], data }];
  });
  const where = { shape: [2], data: Int32Array.of(stage, step) };
  const stored = new Map([[progress, where], ...tensors]);
  const { crc32 } = await import('node:zlib');
  const { writeSafetensorsFile } = await import('@diffprune/tensor-files/node');
  const sums = Int32Array.from(stored.values(), ({ data }) => crc32(data));
  await writeSafetensorsFile(path, new Map([...stored, [checksums, { shape: [sums.length], data: sums }]]));
}

/**
 * Opens what {@link saveSnapshot} wrote. Its arrays stay in the file until they are asked for, so that a run which goes
 * on does not hold its state twice. Each is checked as it is read, and what is damaged throws a SnapshotError.
 *
 * @returns undefined if there is no such file
 * @throws SnapshotError if it is no snapshot, or malformed, or its first tensor is damaged
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
  const saved = file.names.filter((name) => name !== checksums);
  const read = (name: string): StoredTensor['data'] | undefined => {
    try {
      return file.read(name)?.data;
    } catch (error) {
      throw asSnapshotError(error);
    }
  };
  const sums = new Map(read(checksums)?.entries());
  const checked = (name: string): StoredTensor['data'] | undefined => {
    const data = read(name);
    if (data !== undefined && crc32(data) !== sums.get(saved.indexOf(name))! >>> 0) {
      throw new SnapshotError(`${path}: the values of "${name}" are not those that were written`);
    }
    return data;
  };
  const [stage, step] = checked(progress) ?? [];
  if (stage === undefined || step === undefined) {
    throw new SnapshotError(`${path} is no checkpoint of a training run: it has no "${progress}"`);
  }
  if (![0, 1].includes(stage) || step < 0) {
    throw new SnapshotError(
      `${path} is no checkpoint of a training run: it is of stage ${stage}, step ${step}`,
    );
  }
  const names = new Set(saved.filter((name) => name !== progress));
  const get = (name: string): Float32Array | Uint32Array | undefined => {
    const data = names.has(name) ? checked(name) : undefined;
    if (data === undefined || data instanceof Float32Array) return data;
    if (integers.some((suffix) => name.endsWith(suffix)))
      return new Uint32Array(data.buffer, data.byteOffset, data.length);
    throw new SnapshotError(`${path}: ${name} holds integers, expected floats`);
  };
  const arrays: SnapshotArrays = {
    get,
    keys: () => names.keys(),
    *[Symbol.iterator]() {
      for (const name of names) yield [name, get(name)!] as const;
    },
  };
  return { stage, step, arrays };
}

/** An error that a file's content is to blame for as a SnapshotError; any other as it is. */
function asSnapshotError(error: unknown): unknown {
  const { fault, message } = error as Error & { readonly fault?: unknown };
  return fault === 'input' ? new SnapshotError(message, { cause: error }) : error;
}
