/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes of header length (little endian), a
 * JSON header {name: {dtype, shape, data_offsets: [begin, end]}} and one buffer that the tensors fill exactly,
 * without overlap or gap.
 */

import { excerpt, excerptJson, JsonError, parseJson, type ByteSource } from '@diffprune/files';
import { decodeNumbers, numberBits, type Dtype } from './numbers.ts';
import { TensorFileError } from './tensor-file-error.ts';
import type { StoredTensor, TensorFile } from './tensor-file.ts';

/** A header of BERT-large is 50 kB; fifty thousand tensors have no more than this. */
const maximumHeaderBytes = 2 ** 22;

/** A tensor's place in a file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Absolute byte offsets in the file. */
  readonly begin: number;
  readonly end: number;
}

/** A malformed safetensors file. */
export class SafetensorsError extends TensorFileError {
  override readonly name = 'SafetensorsError';
}

/** What {@link parseHeader} needs of a file: its name for messages and its true length in bytes. */
export interface FileExtent {
  readonly file: string;
  readonly bytes: number;
}

/**
 * The length of the JSON header, from the first 8 bytes of a file.
 *
 * @throws SafetensorsError if the file cannot hold a header of that length
 */
export function headerLength(start: Uint8Array, { file, bytes }: FileExtent): number {
  if (start.length < 8) {
    throw new SafetensorsError(`the file has ${bytes} bytes, expected at least 8: it is cut short`, {
      file,
      byteOffset: 0,
    });
  }
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  const room = Math.min(bytes - 8, maximumHeaderBytes);
  if (length > room) {
    const problem = `the header claims ${length} bytes, expected at most ${room}: the file is cut short or no safetensors file`;
    throw new SafetensorsError(problem, { file, byteOffset: 0 });
  }
  return length;
}

/**
 * Reads and checks a header, by which every tensor is known to lie within the file and to have the size that its
 * shape says. What the reference implementation refuses is refused, and names that come twice, which it takes.
 *
 * @param json the header's bytes, from byte 8 of the file on
 * @returns the tensors in the order of their data
 * @throws SafetensorsError
 */
export function parseHeader(json: Uint8Array, { file, bytes }: FileExtent): SafetensorsEntry[] {
  const dataStart = 8 + json.length;
  const header = decodeHeader(json, file);
  checkMetadata(header['__metadata__'], file);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry, dataStart, { file, bytes }))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);

  let expected = dataStart;
  for (const { name: tensor, begin, end } of entries) {
    if (begin !== expected) {
      const problem = `its data begin at byte ${begin}, expected ${expected}: tensors ${begin < expected ? 'overlap' : 'leave a gap'}`;
      throw new SafetensorsError(problem, { file, tensor, byteOffset: begin });
    }
    expected = end;
  }
  if (expected !== bytes) {
    const problem = `the tensors end at byte ${expected}, the file at ${bytes}`;
    throw new SafetensorsError(problem, { file, byteOffset: expected });
  }
  return entries;
}

function decodeHeader(json: Uint8Array, file: string): Record<string, unknown> {
  const fail = (problem: string): never => {
    throw new SafetensorsError(problem, { file, byteOffset: 8 });
  };
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    header = parseJson(text, { uniqueKeys: true, naturalNumbers: true });
  } catch (error) {
    if (!(error instanceof JsonError)) return fail('the header is not JSON: it is not UTF-8');
    fail(`the header is unusable: ${error.message}`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    fail('the header is not a JSON object');
  }
  return header as Record<string, unknown>;
}

/** Half of a character beyond 16 bits, which UTF-8 cannot write. */
const loneSurrogate = /\p{Surrogate}/u;

/** `__metadata__`, where there is some, gives texts to names. */
function checkMetadata(metadata: unknown, file: string): void {
  if (metadata === undefined || metadata === null) return;
  const isText = (text: unknown): boolean => typeof text === 'string' && !loneSurrogate.test(text);
  const isMap = typeof metadata === 'object' && !Array.isArray(metadata);
  const wrong = isMap ? Object.entries(metadata).find((entry) => !entry.every(isText)) : undefined;
  if (isMap && wrong === undefined) return;
  const found = wrong ? `${excerptJson(wrong[1])} under ${excerpt(wrong[0])}` : excerptJson(metadata);
  throw new SafetensorsError(`__metadata__ holds ${found}, expected texts by name`, { file, byteOffset: 8 });
}

function parseEntry(
  name: string,
  entry: unknown,
  dataStart: number,
  { file, bytes }: FileExtent,
): SafetensorsEntry {
  const fail = (problem: string, byteOffset = 8): never => {
    throw new SafetensorsError(problem, { file, tensor: name, byteOffset });
  };
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (loneSurrogate.test(name)) return fail('a name that is not Unicode');
  if (typeof dtype !== 'string' || !Object.hasOwn(numberBits, dtype)) {
    return fail(`dtype ${excerptJson(dtype)}, expected one of ${Object.keys(numberBits).join(', ')}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    return fail(`shape ${excerptJson(shape)}, expected a list of sizes`);
  }
  const [from, to, ...more] = Array.isArray(offsets) ? (offsets as unknown[]) : [];
  if (!isSize(from) || !isSize(to) || from > to || more.length > 0) {
    return fail(`data_offsets ${excerptJson(offsets)}, expected [begin, end]`);
  }
  const [begin, end] = [dataStart + from, dataStart + to];
  if (end > bytes) fail(`its data end at byte ${end}, but the file has ${bytes}: it is cut short`, begin);
  const size = byteLength(dtype as Dtype, shape);
  if (end - begin !== size) {
    const expected = size === undefined ? 'more than any file has, or no whole number,' : size;
    fail(`${end - begin} bytes of data, expected ${expected} for ${dtype} ${excerptJson(shape)}`, begin);
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** Bytes of a tensor; undefined where they are beyond all bounds or no whole number. */
function byteLength(dtype: Dtype, shape: readonly number[]): number | undefined {
  let bits: number = numberBits[dtype];
  for (const size of shape) {
    bits *= size;
    if (bits > 8 * Number.MAX_SAFE_INTEGER) return undefined;
  }
  return bits % 8 === 0 ? bits / 8 : undefined;
}

/**
 * Reads all tensors of a safetensors file that is in memory.
 *
 * @param file what to call it in messages
 * @throws SafetensorsError
 */
export function decodeSafetensors(bytes: Uint8Array, file = 'safetensors data'): Map<string, StoredTensor> {
  const extent = { file, bytes: bytes.length };
  const length = headerLength(bytes, extent);
  const entries = parseHeader(bytes.subarray(8, 8 + length), extent);
  return new Map(
    entries.map((entry) => {
      const copy = new Uint8Array(bytes.subarray(entry.begin, entry.end)); // aligned; a Buffer's slice is no copy
      return [entry.name, decodeTensor(entry, copy, file)];
    }),
  );
}

/**
 * Opens safetensors data, whose header is read and checked.
 *
 * @param source stays open as long as tensors are read
 * @throws SafetensorsError if it is malformed; what the source throws. Reading a tensor throws it for a type that is not
 *   read, or if there are fewer bytes than the header promised
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const entries = new Map((await readEntries(source)).map((entry) => [entry.name, entry]));
  const read = async (name: string): Promise<StoredTensor> => {
    const entry = entries.get(name)!;
    return decodeTensor(entry, await source.read(entry.begin, entry.end - entry.begin), source.path);
  };
  return {
    shapes: new Map([...entries].map(([name, { shape }]) => [name, shape])),
    read,
    async view(name) {
      const { dtype, shape, begin, end } = entries.get(name)!;
      const bytes = dtype === 'F32' ? source.view?.(begin, end - begin) : undefined;
      const isFloats = bytes?.length === end - begin && bytes.byteOffset % 4 === 0;
      if (!isFloats) return read(name);
      const { buffer, byteOffset, length } = bytes;
      return { shape, data: new Float32Array(buffer, byteOffset, length / 4) };
    },
  };
}

/** The tensors' places in safetensors data, in the order of their data; throws as {@link openSafetensors}. */
export async function readEntries(source: ByteSource): Promise<SafetensorsEntry[]> {
  const extent = { file: source.path, bytes: source.bytes };
  const length = headerLength(await source.read(0, 8), extent);
  return parseHeader(await source.read(8, length), extent);
}

/**
 * A tensor's values from its own bytes; F32, I32 and U32 are views of `bytes`, not copies.
 *
 * @param bytes exactly the tensor's data, at the start of its ArrayBuffer
 * @throws SafetensorsError for a type or a value that is not read, see `decodeNumbers`, and for too few bytes
 */
export function decodeTensor(entry: SafetensorsEntry, bytes: Uint8Array, file: string): StoredTensor {
  const { name, shape, dtype, begin, end } = entry;
  if (bytes.length < end - begin) {
    const where = { file, tensor: name, byteOffset: begin + bytes.length };
    throw new SafetensorsError('the file became shorter while it was read', where);
  }
  const data = decodeNumbers(dtype, bytes, (problem, byte) => {
    throw new SafetensorsError(problem, { file, tensor: name, byteOffset: begin + byte });
  });
  return { shape, data };
}

/**
 * The first bytes of a safetensors file (length and header) for these tensors in this order, 16-bit data as halves;
 * their data follow, each as its little-endian bytes. The header is padded with spaces to a multiple of 8 bytes.
 */
export function encodeHeader(
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: StoredTensor['data'] | Uint16Array }>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let offset = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const begin = offset;
    offset += data.byteLength;
    return [name, { dtype: dtypeOf(data), shape, data_offsets: [begin, offset] }] as const;
  });
  const json = JSON.stringify({
    ...(Object.keys(metadata).length > 0 && { __metadata__: metadata }),
    ...Object.fromEntries(entries),
  });
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

function dtypeOf(data: StoredTensor['data'] | Uint16Array): Dtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Int32Array) return 'I32';
  return data instanceof Uint32Array ? 'U32' : 'F16';
}
