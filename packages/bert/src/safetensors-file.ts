import { readAt, writeFileAtomically } from './files.ts';
import { floatToHalf } from './numbers.ts';
import {
  decodeTensor,
  encodeHeader,
  headerLength,
  parseHeader,
  SafetensorsError,
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
    const extent = { file: path, bytes: (await file.stat()).size };
    const length = headerLength(await readAt(file, 0, 8), extent);
    const tensors = new Map<string, StoredTensor>();
    for (const entry of parseHeader(await readAt(file, 8, length), extent)) {
      const bytes = await readAt(file, entry.begin, entry.end - entry.begin);
      if (bytes.length < entry.end - entry.begin) {
        const where = { file: path, tensor: entry.name, byteOffset: entry.begin + bytes.length };
        throw new SafetensorsError('the file became shorter while it was read', where);
      }
      tensors.set(entry.name, decodeTensor(entry, bytes, path));
    }
    return tensors;
  } finally {
    await file.close();
  }
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
