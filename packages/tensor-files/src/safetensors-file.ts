import { closeSync, openSync } from 'node:fs';
import { openRegularFile, readAtSync, writeFileAtomically } from '@diffprune/files/node';
import { floatToHalf } from './numbers.ts';
import { decodeTensor, encodeHeader, openSafetensors, readEntries } from './safetensors.ts';
import { readAll, type StoredTensor } from './tensor-file.ts';

/**
 * Reads a safetensors file one tensor at a time, so that it needs little more memory than the tensors themselves.
 *
 * @throws SafetensorsError if it is malformed; FileError if it is no regular file; the error of the file system if it
 *   cannot be read
 */
export async function readSafetensorsFile(path: string): Promise<Map<string, StoredTensor>> {
  const file = await openRegularFile(path);
  try {
    return await readAll(await openSafetensors(file));
  } finally {
    await file.close();
  }
}

/** The tensors of a safetensors file, which stays on disk. */
export interface SafetensorsReader {
  /** In the order of their data. */
  readonly names: readonly string[];
  /**
   * Reads a tensor, anew each time: nothing is kept. The file must be the one that was opened.
   *
   * @returns undefined if there is none of this name
   */
  read(name: string): StoredTensor | undefined;
}

/**
 * Reads and checks a safetensors file's header, for tensors that are to be read when they are needed.
 *
 * @throws SafetensorsError if it is malformed; FileError if it is no regular file; the error of the file system if it
 *   cannot be read
 */
export async function openSafetensorsFile(path: string): Promise<SafetensorsReader> {
  const file = await openRegularFile(path);
  const entries = await readEntries(file).finally(() => file.close());
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    names: [...byName.keys()],
    read(name) {
      const entry = byName.get(name);
      if (entry === undefined) return undefined;
      const descriptor = openSync(path, 'r');
      try {
        const bytes = readAtSync(path, descriptor, entry.begin, entry.end - entry.begin);
        return decodeTensor(entry, bytes, path);
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

/**
 * Writes tensors to a safetensors file, atomically: int32 as I32, uint32 as U32, float32 as F32 or, with `half`, as the F16 nearest.
 *
 * @throws RangeError naming a tensor with a value that is too large for F16
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  { metadata = {}, half = false }: { metadata?: Readonly<Record<string, string>>; half?: boolean } = {},
): Promise<void> {
  const stored = half ? new Map([...tensors].map(([name, tensor]) => [name, toHalf(name, tensor)])) : tensors;
  const data = [...stored.values()].map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  await writeFileAtomically(path, [encodeHeader(stored, metadata), ...data]);
}

function toHalf(name: string, { shape, data }: StoredTensor) {
  if (!(data instanceof Float32Array)) return { shape, data };
  const large = data.find((value) => Math.abs(value) >= 65520 && Number.isFinite(value));
  if (large !== undefined) {
    throw new RangeError(`${name} has the value ${large}, too large for half precision; write it as float32`);
  }
  return { shape, data: Uint16Array.from(data, floatToHalf) };
}
