import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet';
import { DataFileError } from './errors.ts';
import type { DataRecord } from './records.ts';

/**
 * Reads the rows of a Parquet file, uncompressed or compressed with Snappy, as Hugging Face's data sets are. 64-bit
 * integers become numbers.
 *
 * @param content the file's bytes
 * @param file the file's name, for messages
 * @throws DataFileError for a file that is malformed, otherwise compressed, or empty
 */
export async function parseParquet(content: Uint8Array, file: string): Promise<DataRecord[]> {
  const buffer: AsyncBuffer = {
    byteLength: content.length,
    slice: (start, end) => Uint8Array.from(content.subarray(start, end)).buffer,
  };
  let rows: Record<string, unknown>[];
  try {
    const metadata = await parquetMetadataAsync(buffer);
    rows = await parquetReadObjects({ file: buffer, metadata });
  } catch (error) {
    const problem = `not a Parquet file that can be read (${(error as Error).message})`;
    throw new DataFileError(file, undefined, `${problem}; expected one without compression or with Snappy`);
  }
  if (rows.length === 0) throw new DataFileError(file, undefined, 'the file is empty; expected rows of data');
  return rows.map((row, position) => ({ fields: plain(row), file, line: position + 1 }));
}

function plain(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}
