import {
  parquetMetadata,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaElement,
} from 'hyparquet';
import { DataFileError } from './errors.ts';
import { checkColumns, checkFooter, type FlatColumn } from './parquet-bounds.ts';
import type { DataRecord } from './records.ts';

/**
 * Reads the rows of a Parquet file, uncompressed or compressed with Snappy, as Hugging Face's data sets are. Columns of
 * texts and numbers are read, others (booleans, dates, decimals, lists, structures) are left out. 64-bit integers become
 * numbers where that is exact.
 *
 * @param content the file's bytes
 * @param file the file's name, for messages
 * @throws DataFileError for a file that is malformed, otherwise compressed or encoded, or empty, and for one that claims
 *   to hold more than its bytes can
 */
export async function parseParquet(content: Uint8Array, file: string): Promise<DataRecord[]> {
  let rows: Record<string, unknown>[];
  try {
    rows = await readRows(content);
  } catch (error) {
    const problem = `not a Parquet file that can be read (${(error as Error).message})`;
    throw new DataFileError(file, undefined, `${problem}; expected one without compression or with Snappy`);
  }
  if (rows.length === 0) throw new DataFileError(file, undefined, 'the file is empty; expected rows of data');
  return rows.map((row, position) => ({ fields: plain(row), file, line: position + 1 }));
}

async function readRows(content: Uint8Array): Promise<Record<string, unknown>[]> {
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
  const columns = flatColumns(metadata);
  if (columns.length === 0) throw new RangeError('no column of texts or numbers');
  checkColumns(content, metadata, columns);
  return parquetReadObjects({ ...options, file: buffer, metadata, columns: columns.map(({ name }) => name) });
}

function flatColumns(metadata: FileMetaData): FlatColumn[] {
  const elements = parquetSchema(metadata).children.filter(({ children }) => children.length === 0);
  const columns = elements.flatMap(({ element }) => {
    const { name, repetition_type: repetition } = element;
    return repetition === 'REPEATED' || !isTextOrNumber(element)
      ? []
      : [{ name, optional: repetition !== 'REQUIRED' }];
  });
  const names = elements.map(({ element }) => element.name);
  const twice = names.find((name, position) => names.indexOf(name, position + 1) >= 0);
  if (twice !== undefined) throw new RangeError(`two columns are named ${JSON.stringify(twice)}`);
  return columns;
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
  const entries = Object.entries(row).map(([name, value]) => {
    const number = typeof value === 'bigint' ? Number(value) : undefined;
    return [name, Number.isSafeInteger(number) ? number : value];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}
