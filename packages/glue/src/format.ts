import { parseCsv } from './csv.ts';
import { DataFileError } from './errors.ts';
import { parseJsonl } from './jsonl.ts';
import { parseParquet } from './parquet.ts';
import type { DataRecord } from './records.ts';

/** The formats that data may have, which are also the extensions of their files. */
export const dataFormats = ['tsv', 'csv', 'jsonl', 'parquet'] as const;
export type DataFormat = (typeof dataFormats)[number];

/** The format that a file's name says, if it says one. */
export function formatOfName(name: string): DataFormat | undefined {
  return dataFormats.find((format) => name.toLowerCase().endsWith(`.${format}`));
}

/**
 * The format that a file's content shows.
 *
 * @throws DataFileError where that could be more than one
 */
export function formatOfContent(content: Uint8Array, file: string): DataFormat {
  const begins = new TextDecoder('latin1').decode(content.subarray(0, 2 ** 16));
  if (begins.startsWith('PAR1')) return 'parquet';
  if (/^(\xef\xbb\xbf)?\s*\{/.test(begins)) return 'jsonl';
  const [header = ''] = begins.split('\n');
  if (header.includes('\t')) return 'tsv';
  if (header.includes(',')) return 'csv';
  // A single column of texts reads the same in both, unless something is quoted.
  if (!content.includes(0x22)) return 'tsv';
  const problem = 'one column and double quotes, which belong to the texts in TSV and do not in CSV';
  throw new DataFileError(file, undefined, `${problem}; say the format (${dataFormats.join(', ')})`);
}

/** The records of a file that is not tab-separated; malformed ones are found when they are asked for. */
export async function parseRecords(
  content: Uint8Array,
  file: string,
  format: Exclude<DataFormat, 'tsv'>,
): Promise<Iterable<DataRecord>> {
  if (format === 'csv') return parseCsv(content, file);
  return format === 'jsonl' ? parseJsonl(content, file) : parseParquet(content, file);
}
