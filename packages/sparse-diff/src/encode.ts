import $protobuf from 'protobufjs/minimal.js';
import { crc32 } from './crc32.ts';
import { maxParts } from './decode.ts';
import { ArgumentError } from './errors.ts';
import { checksumTag, field, headerBytes, magic, majorWithAdapters, version } from './format.ts';
import { encodeManifest } from './manifest.ts';
import { encodeTensor, readTensor, type TensorSummary } from './tensor-message.ts';
import { checkUnique } from './tensor.ts';
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
  if (1 + diff.tensors.length + (diff.unknown?.length ?? 0) > maxParts) {
    throw new ArgumentError(`${diff.tensors.length} tensors, at most ${maxParts - 1} are allowed`);
  }
  const writer = $protobuf.Writer.create().raw(Uint8Array.of(...magic, version.major, 0));
  writer.uint32((field.manifest << 3) | 2).bytes(encodeManifest(diff.manifest));
  const names = new Set<string>();
  const tensors = diff.tensors.map((tensor) => {
    checkUnique(names, tensor.name);
    const dense = tensor.operation === 'replace-dense';
    const coding = typeof values === 'function' ? values(tensor) : dense ? 'fp32' : values;
    const message = encodeTensor(tensor, coding);
    writer.uint32((field.tensor << 3) | 2).bytes(message);
    return reportOf(tensor, message);
  });
  for (const unknown of diff.unknown ?? []) writer.raw(unknown);
  const bytes = new Uint8Array(writer.uint32(checksumTag).fixed32(0).finish());
  // What format 1.0 could say is written as 1.0.
  const later = diff.manifest.texts !== 0 || tensors.some(({ valueCoding }) => valueCoding === 'scaledFp16');
  if (diff.manifest.adapters) bytes[magic.length] = majorWithAdapters;
  else if (later) bytes[magic.length + 1] = version.minor;
  const end = bytes.length - 4;
  new DataView(bytes.buffer).setUint32(end, crc32(bytes.subarray(0, end - 1)), true);
  return { bytes, tensors };
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
    if (!Number.isFinite(given)) continue;
    const error = Math.abs(stored[i]! - given);
    report.maxError = Math.max(report.maxError, error);
    errors += error * error;
    squares += given * given;
  }
  report.relativeError = errors === 0 ? 0 : Math.sqrt(errors / squares);
  return report;
}
