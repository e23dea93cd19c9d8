import {
  applyTensor,
  checkFingerprint,
  checkIdle,
  checkTarget,
  restore,
  streaming,
  type Undo,
  type UndoTensor,
} from './apply.ts';
import { decodeParts, DiffReader, gatherParts, type Part } from './decode.ts';
import type { Base, Manifest, SparseDiff } from './types.ts';

/**
 * Applies a diff while it arrives (a `fetch` response's `body`, a file's stream). A diff for another base is
 * refused at its first bytes; of each tensor, shape and name are checked against the base before it is unpacked,
 * so that memory stays below the base's and the largest tensor's message.
 *
 * Until it is done, the base is half changed: use it only after that; no other diff goes on or comes off meanwhile.
 * Where it throws, for a broken stream and a wrong checksum too, the base is as it was.
 *
 * @param fingerprint of the base as it was loaded, from `fingerprintTensors`
 * @throws WrongBaseError, TensorError, FormatError (VersionError, ChecksumError), and what the stream throws
 * @throws ArgumentError while another stream is applied to the base
 */
export async function applyStream(
  base: Base,
  stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  fingerprint: string,
): Promise<{ manifest: Manifest; undo: Undo }> {
  checkIdle(base);
  streaming.add(base);
  const reader = new DiffReader();
  const undo: UndoTensor[] = [];
  let manifest: Manifest | undefined;
  try {
    for await (const chunk of chunks(stream)) {
      for (const part of reader.push(chunk)) {
        if (part.kind === 'manifest') {
          manifest = part.manifest;
          checkFingerprint(manifest.base.fingerprint, fingerprint);
        } else if (part.kind === 'tensor') {
          checkTarget(base, part.tensor.summary);
          undo.push(applyTensor(base, part.tensor.decode()));
        }
      }
    }
    reader.finish();
  } catch (error) {
    restore(base, undo);
    throw error;
  } finally {
    streaming.delete(base);
  }
  return { manifest: manifest!, undo };
}

/**
 * Reads a diff while it arrives (a `fetch` response's `body`, a file's stream), as `decodeDiff` does its bytes. Its
 * tensors are unpacked when all of it has come.
 *
 * @param check is given each part as it comes, the manifest first, and throws for what is not wanted
 * @throws FormatError (VersionError, ChecksumError), and what `check` and the stream throw
 */
export async function decodeStream(
  stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  check: (part: Part) => void = () => undefined,
): Promise<SparseDiff> {
  const reader = new DiffReader();
  const parts: Part[] = [];
  for await (const chunk of chunks(stream)) {
    for (const part of reader.push(chunk)) {
      check(part);
      parts.push(part);
    }
  }
  reader.finish();
  return decodeParts(gatherParts(parts));
}

/** Not every browser's ReadableStream can be iterated. */
async function* chunks(
  stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (!('getReader' in stream)) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
