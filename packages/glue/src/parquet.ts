import {
  parquetMetadata,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { DataFileError } from './errors.ts';
import { checkColumns, checkFooter, type LeafColumn } from './parquet-bounds.ts';
import type { DataRecord } from './records.ts';

/**
 * Reads the rows of a Parquet file, uncompressed or compressed with Snappy, as Hugging Face's data sets are. Columns of
 * texts and numbers are read, others (booleans, dates, decimals, lists, structures) are left out but for those that are
 * asked for. 64-bit integers become numbers where that is exact.
 *
 * @param content the file's bytes
 * @param file the file's name, for messages
 * @param nested columns of structures or lists to read, too: of texts and numbers, with one list within another nowhere
 * @throws DataFileError for a file that is malformed, otherwise compressed or encoded, or empty, and for one that claims
 *   to hold more than its bytes can
 */
export async function parseParquet(
  content: Uint8Array,
  file: string,
  nested: readonly string[] = [],
): Promise<DataRecord[]> {
  let rows: Record<string, unknown>[];
  try {
    rows = await readRows(content, nested);
  } catch (error) {
    const problem = `not a Parquet file that can be read (${(error as Error).message})`;
    throw new DataFileError(file, undefined, `${problem}; expected one without compression or with Snappy`);
  }
  if (rows.length === 0) throw new DataFileError(file, undefined, 'the file is empty; expected rows of data');
  return rows.map((row, position) => ({ fields: plain(row), file, line: position + 1 }));
}

async function readRows(content: Uint8Array, nested: readonly string[]): Promise<Record<string, unknown>[]> {
  checkFooter(content);
  const buffer: AsyncBuffer = {
    byteLength: content.length,
    slice: (start, end) => Uint8Array.from(content.subarray(start, end)).buffer,
  };
  const options = { parsers: { stringFromBytes: decodeText }, geoparquet: false };
  const footer = content.subarray(
    content.length - 8 - new DataView(content.buffer, content.byteOffset).getUint32(content.length - 8, true),
  );
  const metadata = parquetMetadata(Uint8Array.from(footer).buffer, options);
  const columns = readColumns(metadata, nested);
  if (columns.length === 0) throw new RangeError('no column of texts or numbers');
  checkColumns(
    content,
    metadata,
    columns.flatMap(({ leaves }) => leaves),
  );
  return parquetReadObjects({ ...options, file: buffer, metadata, columns: columns.map(({ name }) => name) });
}

/** A column of a row, and the columns of values that it is made of. */
interface Column {
  readonly name: string;
  readonly leaves: readonly LeafColumn[];
}

function readColumns(metadata: FileMetaData, nested: readonly string[]): Column[] {
  const found = parquetSchema(metadata).children;
  const columns = found.flatMap((tree): Column[] => {
    const { name } = tree.element;
    if (tree.children.length > 0)
      return nested.includes(name) ? [{ name, leaves: leavesOf(tree, 0, 0) }] : [];
    const flat = tree.element.repetition_type !== 'REPEATED' && isTextOrNumber(tree.element);
    return flat ? [{ name, leaves: leavesOf(tree, 0, 0) }] : [];
  });
  const names = found
    .filter(({ children, element }) => children.length === 0 || nested.includes(element.name))
    .map(({ element }) => element.name);
  const twice = names.find((name, position) => names.indexOf(name, position + 1) >= 0);
  if (twice !== undefined) throw new RangeError(`two columns are named ${JSON.stringify(twice)}`);
  return columns;
}

/** @param definition of what it lies in, as `repetition` */
function leavesOf(
  { element, children, path }: SchemaTree,
  definition: number,
  repetition: number,
): LeafColumn[] {
  const repeats = element.repetition_type === 'REPEATED';
  const levels = [
    definition + (element.repetition_type === 'REQUIRED' ? 0 : 1),
    repetition + (repeats ? 1 : 0),
  ] as const;
  if (children.length > 0) return children.flatMap((child) => leavesOf(child, ...levels));
  const name = path.join('.');
  if (levels[1] > 1) throw new RangeError(`lists of lists in "${name}"`);
  if (!isTextOrNumber(element)) throw new RangeError(`"${name}" is neither of texts nor of numbers`);
  return [{ name, definition: levels[0], repetition: levels[1] }];
}

const types = ['INT32', 'INT64', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY'];
const conversions = /^(UTF8|ENUM|U?INT_\d+)$/;

function isTextOrNumber({ type, converted_type: conversion, logical_type: logical }: SchemaElement): boolean {
  if (type === undefined || !types.includes(type)) return false;
  if (logical !== undefined && !['STRING', 'ENUM', 'INTEGER'].includes(logical.type)) return false;
  return conversion === undefined || conversions.test(conversion);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Shown in place of a text by the reader that needs it. */
const notUtf8 = { toJSON: () => 'bytes that are not UTF-8' };

function decodeText(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    return notUtf8;
  }
}

function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plainValue);
  const isStructure = typeof value === 'object' && value !== null && value !== notUtf8;
  return isStructure ? plain(value as Record<string, unknown>) : value;
}
