import { crc32 } from './crc32.ts';
import { maxParts } from './decode.ts';
import { ArgumentError, TensorError } from './errors.ts';
import { checksumTag, field, headerBytes, magic, version } from './format.ts';
import { encodeManifest } from './manifest.ts';
import { encodeTensor, readTensor, type TensorSummary } from './tensor-message.ts';
import type { DiffTensor, SparseDiff, ValueCoding } from './types.ts';

/** A tensor's part in a file, and what its values lost by their coding. */
export interface TensorReport extends TensorSummary {
  /** Largest |stored - given|. */
  readonly maxError: number;
  /** Euclidean norm of stored - given, divided by that of given; 0 where nothing is lost. */
  readonly relativeError: number;
}

export interface EncodedDiff {
  readonly bytes: Uint8Array;
  readonly tensors: readonly TensorReport[];
}

/**
 * A diff as the bytes of a file. Equal diffs give equal bytes.
 *
 * @param options.values how values are stored, `fp32` unless told: one coding for every tensor but dense ones,
 * which stay exact, or a function that chooses for each tensor
 * @throws TensorError for a tensor whose parts do not fit together, that comes twice, or whose values the coding
 * cannot express
 * @throws ArgumentError for a manifest that cannot be written
 */
export function encodeDiff(
  diff: SparseDiff,
  options: { values?: ValueCoding | ((tensor: DiffTensor) => ValueCoding) } = {},
): EncodedDiff {
  const { values = 'fp32' } = options;
  const parts: Uint8Array[] = [Uint8Array.of(...magic, version.major, version.minor)];
  const append = (number: number, message: Uint8Array): void => {
    parts.push(varint((number << 3) | 2), varint(message.length), message);
  };
  append(field.manifest, encodeManifest(diff.manifest));
  if (1 + diff.tensors.length + (diff.unknown?.length ?? 0) > maxParts) {
    throw new ArgumentError(`${diff.tensors.length} tensors, fewer than ${maxParts} are allowed`);
  }
  const names = new Set<string>();
  const tensors = diff.tensors.map((tensor) => {
    if (names.has(tensor.name)) throw new TensorError(tensor.name, 'comes twice');
    names.add(tensor.name);
    const dense = tensor.operation === 'replace-dense';
    const coding = typeof values === 'function' ? values(tensor) : dense ? 'fp32' : values;
    const message = encodeTensor(tensor, coding);
    append(field.tensor, message);
    return reportOf(tensor, message);
  });
  for (const unknown of diff.unknown ?? []) parts.push(unknown);
  return { bytes: concatenateWithChecksum(parts), tensors };
}

function reportOf(tensor: DiffTensor, message: Uint8Array): TensorReport {
  const encoded = readTensor(message, headerBytes);
  const report = { ...encoded.summary, maxError: 0, relativeError: 0 };
  if (report.valueCoding === 'none' || report.valueCoding === 'fp32') return report;
  const stored = encoded.decode().values;
  let errors = 0;
  let squares = 0;
  for (let i = 0; i < stored.length; i++) {
    const given = tensor.values[i]!;
    const error = Object.is(stored[i], given) ? 0 : Math.abs(stored[i]! - given);
    report.maxError = Math.max(report.maxError, error);
    errors += error * error;
    squares += given * given;
  }
  report.relativeError = errors === 0 ? 0 : Math.sqrt(errors / squares);
  return report;
}

function concatenateWithChecksum(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length + 5);
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  bytes[length] = checksumTag;
  new DataView(bytes.buffer).setUint32(length + 1, crc32(bytes.subarray(0, length)), true);
  return bytes;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.of(...bytes, value);
}
