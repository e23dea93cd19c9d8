import type { FileHandle } from 'node:fs/promises';
import { chunkBytes, readAt, writeFileAtomically } from './files.ts';
import { floatToHalf } from './numbers.ts';
import {
  decodeTensor,
  encodeHeader,
  headerLength,
  parseHeader,
  SafetensorsError,
  type SafetensorsEntry,
  type StoredTensor,
} from './safetensors.ts';

/**
 * Reads a safetensors file one tensor at a time, so that it needs little more memory than the tensors themselves.
 *
 * @throws SafetensorsError if it is malformed; the error of the file system if it cannot be read
 */
export async function readSafetensorsFile(path: string): Promise<Map<string, StoredTensor>> {
  const { open } = await import('node:fs/promises');
  const file = await open(path, 'r');
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const entry of await readEntries(file, path)) {
      const bytes = await readAt(file, entry.begin, entry.end - entry.begin);
      tensors.set(entry.name, decodeWhole(entry, bytes, path));
    }
    return tensors;
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
 * @throws SafetensorsError if it is malformed; the error of the file system if it cannot be read
 */
export async function openSafetensorsFile(path: string): Promise<SafetensorsReader> {
  const { closeSync, openSync, promises, readSync } = await import('node:fs');
  const file = await promises.open(path, 'r');
  const entries = await readEntries(file, path).finally(() => file.close());
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    names: [...byName.keys()],
    read(name) {
      const entry = byName.get(name);
      if (entry === undefined) return undefined;
      const bytes = new Uint8Array(entry.end - entry.begin);
      const descriptor = openSync(path, 'r');
      let done = 0;
      try {
        for (let read = -1; done < bytes.length && read !== 0; done += read) {
          const count = Math.min(bytes.length - done, chunkBytes);
          read = readSync(descriptor, bytes, done, count, entry.begin + done);
        }
      } finally {
        closeSync(descriptor);
      }
      return decodeWhole(entry, bytes.subarray(0, done), path);
    },
  };
}

async function readEntries(file: FileHandle, path: string): Promise<SafetensorsEntry[]> {
  const extent = { file: path, bytes: (await file.stat()).size };
  const length = headerLength(await readAt(file, 0, 8), extent);
  return parseHeader(await readAt(file, 8, length), extent);
}

/** @throws SafetensorsError if there are fewer bytes than the header promised */
function decodeWhole(entry: SafetensorsEntry, bytes: Uint8Array, path: string): StoredTensor {
  if (bytes.length < entry.end - entry.begin) {
    const where = { file: path, tensor: entry.name, byteOffset: entry.begin + bytes.length };
    throw new SafetensorsError('the file became shorter while it was read', where);
  }
  return decodeTensor(entry, bytes, path);
}

/**
 * Writes tensors to a safetensors file, atomically: int32 as I32, float32 as F32 or, with `half`, as the F16 nearest.
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
  if (data instanceof Int32Array) return { shape, data };
  const large = data.find((value) => Math.abs(value) >= 65520 && Number.isFinite(value));
  if (large !== undefined) {
    throw new RangeError(`${name} has the value ${large}, too large for half precision; write it as float32`);
  }
  return { shape, data: Uint16Array.from(data, floatToHalf) };
}
