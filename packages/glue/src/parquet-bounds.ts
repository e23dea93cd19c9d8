import { snappyUncompress, type FileMetaData } from 'hyparquet';
import { readThrift, type ThriftStruct, type ThriftValue } from './thrift.ts';

/**
 * Checks, before a Parquet file is decoded, that what its structures claim is there: a decoder believes counts and
 * lengths, and a file of some hundred bytes can claim 2^31 values. After these checks memory and time are bounded by
 * the file's length. Layout: the specification of the format (Apache Parquet, `parquet.thrift`, `Encodings.md`).
 */

/** Values that a file of any length may have; above, there must be a byte for each. */
const freeValues = 2 ** 20;

/** Snappy's longest copy, 64 bytes, takes three. */
const snappyRatio = 22;

/** A column of values that is read. */
export interface LeafColumn {
  /** Its path in the schema, with dots. */
  readonly name: string;
  /** How many of the path's elements may be absent, those that repeat included: 0 or 1 outside of structures. */
  readonly definition: number;
  /** How many of them repeat: 0 for one value in each row, 1 in lists. */
  readonly repetition: number;
}

/**
 * Checks the structures of a file's footer.
 *
 * @throws RangeError naming what is wrong
 */
export function checkFooter(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = 0x31524150; // PAR1
  if (
    bytes.length < 12 ||
    view.getUint32(0, true) !== magic ||
    view.getUint32(bytes.length - 4, true) !== magic
  ) {
    throw new RangeError('it does not begin and end with PAR1');
  }
  const length = view.getUint32(bytes.length - 8, true);
  if (length > bytes.length - 12) throw new RangeError(`a footer of ${length} bytes`);
  readThrift(bytes.subarray(0, bytes.length - 8), bytes.length - 8 - length);
}

/**
 * Checks the pages of the columns that are to be read.
 *
 * @throws RangeError naming the column and what is wrong
 */
export function checkColumns(
  bytes: Uint8Array,
  metadata: FileMetaData,
  columns: readonly LeafColumn[],
): void {
  const rows = count(metadata.num_rows);
  const groupRows = metadata.row_groups.map((group) => count(group.num_rows));
  if (groupRows.reduce((sum, n) => sum + n, 0) !== rows)
    throw new RangeError('row groups of other numbers of rows');
  if (rows * columns.length > freeValues + bytes.length) {
    throw new RangeError(`${rows} rows in ${bytes.length} bytes`);
  }
  let chunkBytes = 0;
  const listed = new Map<LeafColumn, number>();
  metadata.row_groups.forEach((group, i) => {
    for (const column of columns) {
      const found = group.columns.filter(
        ({ meta_data: meta }) => meta?.path_in_schema.join('.') === column.name,
      );
      const [chunk] = found;
      if (found.length !== 1 || !chunk?.meta_data)
        throw new RangeError(`${found.length} columns "${column.name}"`);
      const { codec, data_page_offset, dictionary_page_offset, total_compressed_size } = chunk.meta_data;
      const start = count(dictionary_page_offset || data_page_offset);
      const end = start + count(total_compressed_size);
      // Chunks that share their bytes would make much of little.
      chunkBytes += end - start;
      if (end > bytes.length || chunkBytes > bytes.length)
        throw new RangeError(`column "${column.name}" beyond the end`);
      const values = checkPages(bytes.subarray(start, end), groupRows[i]!, codec, column);
      listed.set(column, (listed.get(column) ?? 0) + values);
      if (listed.get(column)! > freeValues + bytes.length) {
        throw new RangeError(`${listed.get(column)} values of "${column.name}" in ${bytes.length} bytes`);
      }
    }
  });
}

/** @returns how many values the pages have */
function checkPages(bytes: Uint8Array, rows: number, codec: string, column: LeafColumn): number {
  const { name, repetition } = column;
  let seen = 0;
  // one value in each row says where the pages end; of lists, pages are read to the end
  for (let at = 0; (repetition > 0 || seen < rows) && at < bytes.length - 1;) {
    const { struct: header, end } = readThrift(bytes, at);
    const [type, uncompressed, compressed] = [1, 2, 3].map((field) => count(header[field]));
    if (compressed! > bytes.length - end) throw new RangeError(`a page of "${name}" beyond the end`);
    const page: Page = { codec, bytes: bytes.subarray(end, end + compressed!), size: uncompressed! };
    if (type === pageTypes.dictionary) {
      if (count(part(header, 7)[1]) > page.size)
        throw new RangeError(`a dictionary of "${name}" beyond its page`);
      checkSize(page);
    } else {
      const { values, check } = dataPage(page, header, type!, column);
      if (repetition === 0 && values > rows - seen) {
        throw new RangeError(`more values of "${name}" than rows`);
      }
      seen += values;
      check();
    }
    at = end + compressed!;
  }
  return seen;
}

interface Page {
  readonly codec: string;
  readonly bytes: Uint8Array;
  /** Bytes when decompressed. */
  readonly size: number;
}

const pageTypes = { data: 0, dictionary: 2, dataV2: 3 } as const;
const encodings = {
  plain: 0,
  plainDictionary: 2,
  deltaBinary: 5,
  deltaLengths: 6,
  dictionary: 8,
  split: 9,
} as const;

function dataPage(
  page: Page,
  header: ThriftStruct,
  type: number,
  { definition, repetition }: LeafColumn,
): { values: number; check: () => void } {
  const widths = [repetition, definition].map(levelBits);
  if (type === pageTypes.data) {
    const data = part(header, 5);
    const values = count(data[1]);
    return { values, check: () => checkData(decompress(page), count(data[2]), values, widths) };
  }
  if (type !== pageTypes.dataV2) throw new RangeError(`a page of type ${type}`);
  const data = part(header, 8);
  const [values, nulls, encoding, defined, repeated] = [1, 2, 4, 5, 6].map((field) =>
    count(data[field] ?? 0),
  );
  const levels = defined! + repeated!;
  if (
    nulls! > values! ||
    levels > page.bytes.length ||
    levels > page.size ||
    (repeated! > 0 && repetition === 0)
  ) {
    throw new RangeError('a page with levels beyond its end');
  }
  const check = (): void => {
    if (repetition > 0) checkRuns(page.bytes.subarray(0, repeated), 0, widths[0]!, values!, values);
    if (definition > 0) checkRuns(page.bytes.subarray(repeated, levels), 0, widths[1]!, values!, values);
    const codec = data[7] === false ? 'UNCOMPRESSED' : page.codec;
    const rest = { codec, bytes: page.bytes.subarray(levels), size: page.size - levels };
    checkData(decompress(rest), encoding!, values!, []);
  };
  return { values: values!, check };
}

/** The bits of each level up to a greatest one. */
function levelBits(greatest: number): number {
  return Math.ceil(Math.log2(greatest + 1));
}

/** @param widths bits of the levels that come first, each with their length; those of no bits are not there */
function checkData(bytes: Uint8Array, encoding: number, values: number, widths: readonly number[]): void {
  let at = 0;
  for (const width of widths) {
    if (width === 0) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) throw new RangeError('levels beyond the end of a page');
    checkRuns(bytes.subarray(0, end), at + 4, width, values, values);
    at = end;
  }
  if (encoding === encodings.plainDictionary || encoding === encodings.dictionary) {
    const width = bytes[at] ?? 0;
    if (width > 32) throw new RangeError(`indices of ${width} bits`);
    checkRuns(bytes, at + 1, width, values);
  } else if (!Object.values<number>(encodings).includes(encoding)) {
    throw new RangeError(`the encoding ${encoding}, which is not supported`);
  }
}

/**
 * Checks runs of equal and of packed values (Encodings.md, "RLE / Bit-Packing Hybrid").
 *
 * @param least how many there must be: a decoder that lacks some takes what comes next for runs
 */
function checkRuns(bytes: Uint8Array, position: number, width: number, values: number, least = 0): void {
  let seen = 0;
  for (let at = position; seen < values && at < bytes.length;) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const next = bytes[at++] ?? 0;
      header += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) break;
      if (shift > 28) throw new RangeError('a run of more values than the page has');
    }
    const packed = header % 2 === 1;
    const run = Math.floor(header / 2) * (packed ? 8 : 1);
    if (run > values + 7) throw new RangeError('a run of more values than the page has');
    at += packed ? (run / 8) * width : (width + 7) >> 3;
    seen += run;
  }
  if (seen < least) throw new RangeError(`${seen} levels for ${least} values`);
}

function decompress(page: Page): Uint8Array {
  checkSize(page);
  if (page.codec !== 'SNAPPY') return page.bytes;
  const output = new Uint8Array(page.size);
  snappyUncompress(page.bytes, output);
  return output;
}

function checkSize({ codec, bytes, size }: Page): void {
  if (codec !== 'UNCOMPRESSED' && codec !== 'SNAPPY') throw new RangeError(`compression by ${codec}`);
  if (codec === 'SNAPPY' ? size > snappyRatio * bytes.length + 64 : size !== bytes.length) {
    throw new RangeError(`a page of ${bytes.length} bytes that claims to hold ${size}`);
  }
}

function part(header: ThriftStruct, field: number): ThriftStruct {
  const found = header[field];
  if (typeof found !== 'object') throw new RangeError('a page without its header');
  return found as ThriftStruct;
}

/** A number that is a count of something. */
function count(value: ThriftValue | undefined): number {
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : NaN;
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new RangeError(
    `${typeof value === 'object' ? 'a structure' : String(value)} where a count is expected`,
  );
}
