import { decodeStream, SparseDiffError, type SparseDiff } from '@diffprune/sparse-diff';
import { checkBase, checkTensorOfDiff, type BaseOfDiff } from '../diff-fit.ts';
import { DiffFitError } from '../errors.ts';
import { absoluteAddress } from './address.ts';
import { blobSource } from './chosen-files.ts';
import type { IncomingFile } from './incoming-file.ts';
import { SourceError } from './source-error.ts';

/** Bytes of a file that are read at a time. */
const pieceBytes = 2 ** 20;

/** Where a diff is: its address, the answer to a request, a `File` or `Blob`, its bytes, or what was read of it. */
export type DiffSource = string | URL | Response | Blob | Uint8Array | SparseDiff;

/**
 * Reads a diff for a base while it arrives; that of another base is refused at its first bytes.
 *
 * @throws WrongBaseError, DiffFitError and FormatError, with the address or name before the message where there is one;
 *   SourceError for an answer that is not a file, or none
 */
export async function readDiffSource(diff: DiffSource, base: BaseOfDiff): Promise<SparseDiff> {
  if (typeof diff === 'string' || diff instanceof URL) {
    const address = absoluteAddress(diff);
    const { IncomingFile } = await import('./incoming-file.ts');
    return named(address, readIncoming(await IncomingFile.ask({ url: address }), base));
  }
  if (diff instanceof Response) {
    const name = diff.url || 'a response';
    if (diff.bodyUsed)
      throw new SourceError(name, 'unreadable', 'it was read already; ask again, and give the answer');
    const { IncomingFile } = await import('./incoming-file.ts');
    return named(name, readIncoming(await IncomingFile.of(diff, { url: name }), base));
  }
  if (diff instanceof Blob) {
    const name = (diff as Partial<File>).name ?? 'a blob';
    return named(name, read(blobChunks(name, diff), base));
  }
  if (diff instanceof Uint8Array) return read(oneChunk(diff), base);
  return diff;
}

function readIncoming(answer: IncomingFile | SourceError | undefined, base: BaseOfDiff): Promise<SparseDiff> {
  if (answer === undefined || answer instanceof SourceError) throw answer;
  return read(answer.chunks(), base);
}

function read(chunks: AsyncIterable<Uint8Array>, base: BaseOfDiff): Promise<SparseDiff> {
  return decodeStream(chunks, (part) => {
    if (part.kind === 'manifest') checkBase(base, part.manifest);
    if (part.kind === 'tensor') checkTensorOfDiff(base, part.tensor.summary);
  });
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* blobChunks(name: string, blob: Blob): AsyncGenerator<Uint8Array> {
  const source = blobSource(name, blob);
  for (let at = 0; at < blob.size; at += pieceBytes) yield await source.read(at, pieceBytes);
}

async function named<Value>(name: string, read: Promise<Value>): Promise<Value> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof SparseDiffError || error instanceof DiffFitError)
      error.message = `${name}: ${error.message}`;
    throw error;
  }
}
