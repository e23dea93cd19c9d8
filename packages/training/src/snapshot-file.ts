import {
  openSafetensorsFile,
  writeSafetensorsFile,
  type SafetensorsReader,
  type StoredTensor,
} from '@diffprune/bert';
import { SnapshotError, type Snapshot, type SnapshotArrays } from './snapshot.ts';

/** The tensor [stage, step] beside the snapshot's arrays. */
const progress = 'progress';
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
  await writeSafetensorsFile(path, new Map([[progress, where], ...tensors]));
}

/**
 * Opens what {@link saveSnapshot} wrote. Its arrays stay in the file until they are asked for, so that a run which goes
 * on does not hold its state twice.
 *
 * @returns undefined if there is no such file
 * @throws SnapshotError if it is no snapshot; SafetensorsError if it is malformed
 */
export async function loadSnapshot(path: string): Promise<Snapshot | undefined> {
  let file: SafetensorsReader;
  try {
    file = await openSafetensorsFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [stage, step] = file.read(progress)?.data ?? [];
  if (stage === undefined || step === undefined) {
    throw new SnapshotError(`${path} is no checkpoint of a training run: it has no "${progress}"`);
  }
  if (![0, 1].includes(stage) || step < 0) {
    throw new SnapshotError(
      `${path} is no checkpoint of a training run: it is of stage ${stage}, step ${step}`,
    );
  }
  const names = new Set(file.names.filter((name) => name !== progress));
  const get = (name: string): Float32Array | Uint32Array | undefined => {
    const data = names.has(name) ? file.read(name)?.data : undefined;
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
