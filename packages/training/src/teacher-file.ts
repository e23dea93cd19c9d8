import type { RowOutputs } from '@diffprune/glue';
import type { StoredTensor } from '@diffprune/tensor-files';

/** The SHA-256 of what the outputs are of, and of the outputs, as eight numbers. */
const checksum = 'sha256';
/** How many numbers each row has, beside an output's numbers, row after row. */
const lengthsOf = (output: string): string => `${output}/lengths`;

/**
 * Writes a teacher's outputs as a safetensors file, which appears under its name only when it is complete.
 *
 * @param source what they are of: a text that is another for another teacher, or other rows
 */
export async function saveTeacherOutputs(path: string, outputs: RowOutputs, source: string): Promise<void> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, rows] of Object.entries(outputs)) {
    const lengths = Uint32Array.from(rows, ({ length }) => length);
    const data = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const row of rows) {
      data.set(row, at);
      at += row.length;
    }
    stored.set(name, { shape: [data.length], data });
    stored.set(lengthsOf(name), { shape: [lengths.length], data: lengths });
  }
  const sum = await checksumOf(stored, source);
  const { writeSafetensorsFile } = await import('@diffprune/tensor-files/node');
  await writeSafetensorsFile(path, stored.set(checksum, { shape: [sum.length], data: sum }));
}

/**
 * Reads what {@link saveTeacherOutputs} wrote.
 *
 * @returns undefined where there is no such file, or one of another source, or damaged: they are then to be computed
 * @throws the error of the file system where the file cannot be read
 */
export async function loadTeacherOutputs(path: string, source: string): Promise<RowOutputs | undefined> {
  const { readSafetensorsFile } = await import('@diffprune/tensor-files/node');
  const stored = await readSafetensorsFile(path).catch((error: Error & { code?: string; fault?: string }) => {
    if (error.code === 'ENOENT' || error.fault === 'input') return undefined;
    throw error;
  });
  const sum = stored?.get(checksum)?.data;
  if (stored === undefined || sum === undefined) return undefined;
  stored.delete(checksum);
  const expected = await checksumOf(stored, source);
  if (expected.join() !== sum.join()) return undefined;
  const outputs = [...stored].filter(([name]) => stored.has(lengthsOf(name)));
  return Object.fromEntries(
    outputs.map(([name, { data }]) => {
      let at = 0;
      const row = (length: number) => data.subarray(at, (at += length)) as Float32Array;
      return [name, Array.from(stored.get(lengthsOf(name))!.data, row)];
    }),
  );
}

async function checksumOf(tensors: ReadonlyMap<string, StoredTensor>, source: string): Promise<Uint32Array> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256').update(source);
  for (const [name, { data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name} ${data.length}\n`).update(data);
  }
  return Uint32Array.from(new Uint32Array(new Uint8Array(hash.digest()).buffer));
}
