import { checkFingerprint, checkTarget } from './apply.ts';
import { ByteQueue } from './byte-queue.ts';
import { crc32 } from './crc32.ts';
import { ChecksumError, FormatError, VersionError } from './errors.ts';
import { checksumTag, field, headerBytes, magic, majorWithAdapters, version } from './format.ts';
import { checkManifestLength, decodeManifest } from './manifest.ts';
import { readTensor, type EncodedTensor, type TensorSummary } from './tensor-message.ts';
import type { Base, Manifest, SparseDiff } from './types.ts';
import { readVarint } from './varint.ts';

/** Tensors and other parts of one file: a bound on what many tiny ones can unpack to. */
export const maxParts = 2 ** 14;

/** A part of a file: first the manifest, then tensors, then fields that this version does not know. */
export type Part =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'tensor'; readonly tensor: EncodedTensor }
  | { readonly kind: 'unknown'; readonly field: Uint8Array };

/**
 * Reads a file piece by piece. It never holds more than the bytes that came and are not yet a whole part,
 * whatever their lengths claim.
 */
export class DiffReader {
  #queue = new ByteQueue();
  #offset = 0;
  #crc = 0;
  #major = 0;
  #state: 'header' | 'manifest' | 'tensors' | 'end' = 'header';
  #names = new Set<string>();
  #parts = 0;

  /**
   * Takes the next bytes and gives the parts that they complete.
   *
   * @throws FormatError (VersionError, ChecksumError)
   */
  *push(chunk: Uint8Array): Generator<Part> {
    // A Buffer's views are Buffers; what is handed out are plain arrays.
    this.#queue.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (this.#state === 'header' && !this.#readHeader()) return;
    while (this.#queue.length > 0) {
      const part = this.#next();
      if (part === 'wait') return;
      if (part !== undefined) yield part;
    }
  }

  /** @throws FormatError unless the file is complete */
  finish(): void {
    if (this.#state !== 'end') {
      throw new FormatError('the file is cut short', this.#offset + this.#queue.length);
    }
  }

  #take(length: number): Uint8Array {
    const bytes = this.#queue.take(length);
    this.#crc = crc32(bytes, this.#crc);
    this.#offset += length;
    return bytes;
  }

  /** Returns whether the header has come. */
  #readHeader(): boolean {
    const start = this.#queue.peek(headerBytes);
    if (magic.some((byte, i) => i < start.length && byte !== start[i])) {
      throw new FormatError('not a sparse diff', 0);
    }
    if (start.length < headerBytes) return false;
    const major = start[magic.length]!;
    if (major !== version.major && major !== majorWithAdapters) {
      throw new VersionError(
        `format version ${major}, this reader knows 1 and 2: take a later one`,
        magic.length,
      );
    }
    this.#take(headerBytes);
    this.#major = major;
    this.#state = 'manifest';
    return true;
  }

  /** The next part, undefined for the checksum, or `wait` where it is not complete. */
  #next(): Part | 'wait' | undefined {
    const at = this.#offset;
    if (this.#state === 'end') throw new FormatError('bytes behind the checksum', at);
    const start = this.#queue.peek(10);
    const tag = readVarint(start, 0, at);
    if (tag === undefined) return 'wait';
    if (this.#state === 'tensors' && tag.value === checksumTag) {
      if (start.length < tag.end + 4) return 'wait';
      this.#readChecksum(tag.end, at);
      return undefined;
    }
    const number = tag.value >>> 3;
    if ((tag.value & 7) !== 2 || number === 0) throw new FormatError(`unexpected tag ${tag.value}`, at);
    if ((number === field.manifest) !== (this.#state === 'manifest')) {
      throw new FormatError('exactly one manifest must come first', at);
    }
    const length = readVarint(start, tag.end, at);
    if (length === undefined) return 'wait';
    if (number === field.manifest) checkManifestLength(length.value, at);
    const total = length.end + length.value;
    if (this.#queue.length < total) return 'wait';
    if (++this.#parts > maxParts) throw new FormatError(`more than ${maxParts} tensors`, at);
    const bytes = this.#take(total);
    const message = bytes.subarray(length.end);
    if (number === field.manifest) {
      this.#state = 'tensors';
      const manifest = decodeManifest(message, at + length.end);
      if (manifest.adapters && this.#major !== majorWithAdapters) {
        throw new FormatError(`adapters in a file of version ${this.#major}`, at);
      }
      return { kind: 'manifest', manifest };
    }
    if (number !== field.tensor) return { kind: 'unknown', field: bytes.slice() };
    const tensor = readTensor(message, at + length.end);
    const { name } = tensor.summary;
    if (this.#names.has(name)) throw new FormatError(`tensor ${JSON.stringify(name)} comes twice`, at);
    this.#names.add(name);
    return { kind: 'tensor', tensor };
  }

  #readChecksum(tagBytes: number, at: number): void {
    const crc = this.#crc;
    const bytes = this.#take(tagBytes + 4);
    const stored = new DataView(bytes.buffer, bytes.byteOffset + tagBytes).getUint32(0, true);
    if (stored !== crc) {
      throw new ChecksumError('wrong checksum: the bytes were damaged', at);
    }
    this.#state = 'end';
  }
}

/**
 * A file's bytes as a diff. Its positions and values are copies, 4 bytes each.
 *
 * @param base where given, with its fingerprint, the manifest, names and shapes are checked against it before anything
 * is unpacked, so that no file takes more memory than a diff of this base can
 * @throws FormatError (VersionError, ChecksumError); with a base also WrongBaseError, TensorError
 */
export function decodeDiff(bytes: Uint8Array, base?: Base, fingerprint = ''): SparseDiff {
  const parts = readParts(bytes);
  if (base) {
    checkFingerprint(parts.manifest.base.fingerprint, fingerprint);
    for (const { summary } of parts.tensors) checkTarget(base, summary);
  }
  return decodeParts(parts);
}

/** A file's manifest, and what each tensor takes in it. */
export interface DiffSummary {
  readonly bytes: number;
  readonly manifest: Manifest;
  readonly tensors: readonly TensorSummary[];
}

/**
 * Looks at a file without unpacking its tensors.
 *
 * @throws FormatError (VersionError, ChecksumError)
 */
export function inspectDiff(bytes: Uint8Array): DiffSummary {
  const { manifest, tensors } = readParts(bytes);
  return { bytes: bytes.length, manifest, tensors: tensors.map((tensor) => tensor.summary) };
}

function readParts(bytes: Uint8Array): DiffParts {
  const reader = new DiffReader();
  const parts = gatherParts(reader.push(bytes));
  reader.finish();
  return parts;
}

interface DiffParts {
  readonly manifest: Manifest;
  readonly tensors: readonly EncodedTensor[];
  readonly unknown: readonly Uint8Array[];
}

/** A file's parts, of which the manifest must be one, by kind. */
export function gatherParts(parts: Iterable<Part>): DiffParts {
  let manifest: Manifest | undefined;
  const tensors: EncodedTensor[] = [];
  const unknown: Uint8Array[] = [];
  for (const part of parts) {
    if (part.kind === 'manifest') manifest = part.manifest;
    else if (part.kind === 'tensor') tensors.push(part.tensor);
    else unknown.push(part.field);
  }
  return { manifest: manifest!, tensors, unknown };
}

/** Unpacks a file's parts. @throws FormatError */
export function decodeParts({ manifest, tensors, unknown }: DiffParts): SparseDiff {
  return {
    manifest,
    tensors: tensors.map((tensor) => tensor.decode()),
    ...(unknown.length > 0 && { unknown }),
  };
}
