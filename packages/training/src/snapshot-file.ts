import { readSafetensorsFile, writeSafetensorsFile, type StoredTensor } from '@diffprune/bert';
import { SnapshotError, type Snapshot } from './snapshot.ts';

/** The tensor [stage, step] beside the snapshot's arrays. */
const progress = 'progress';
const positions = '/positions';

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
 * Reads what {@link saveSnapshot} wrote.
 *
 * @returns undefined if there is no such file
 * @throws SnapshotError if it is no snapshot; SafetensorsError if it is malformed
 */
export async function loadSnapshot(path: string): Promise<Snapshot | undefined> {
  let tensors;
  try {
    tensors = await readSafetensorsFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [stage, step] = tensors.get(progress)?.data ?? [];
  if (stage === undefined || step === undefined) {
    throw new SnapshotError(`${path} is no checkpoint of a training run: it has no "${progress}"`);
  }
  tensors.delete(progress);
  const arrays = [...tensors].map(([name, { data }]): [string, Float32Array | Uint32Array] => {
    if (data instanceof Float32Array) return [name, data];
    if (name.endsWith(positions)) return [name, new Uint32Array(data.buffer, data.byteOffset, data.length)];
    throw new SnapshotError(`${path}: ${name} holds integers, expected floats`);
  });
  return { stage, step, arrays: new Map(arrays) };
}
