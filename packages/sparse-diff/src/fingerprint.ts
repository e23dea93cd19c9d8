import { half } from './half.ts';
import { checkLength, checkUnique } from './tensor.ts';
import type { BaseTensor } from './types.ts';
import { bitsOf } from './values.ts';

/** Bytes of fp32 values that are hashed at once. */
const chunkBytes = 2 ** 22;

/** Bytes that may wait to be hashed, beside the last tensor, while further tensors are asked for. */
const waitingBytes = 2 ** 25;

/**
 * The fingerprint of a set of tensors: 64 hexadecimal digits that depend on names, shapes and fp32 values (bit
 * for bit), and on nothing else: not on their order, on whether they are kept as fp32, fp16 or bf16, or on a
 * leading `bert.` of a name. Half-precision numbers are widened bit by bit: NaNs of other payloads are others.
 *
 * Each tensor's values, as little-endian fp32, are cut into chunks of 4 MiB; its digest is the SHA-256 of the
 * concatenated SHA-256s of the chunks. The fingerprint is the SHA-256 of one UTF-8 line for each tensor, ordered
 * by its UTF-16 code units: the JSON array of name, shape and digest in hexadecimal, and a line feed.
 *
 * Several tensors are hashed at a time, beside the thread where the platform can do that.
 *
 * @param tensors by name: a `Base`, or any sequence that gives one tensor after another. When it is asked for the next,
 *   the memory of the last may be used again
 * @throws TensorError for a name that comes twice (with and without `bert.`) or data that does not fit its shape
 */
export async function fingerprintTensors(
  tensors: Iterable<readonly [string, BaseTensor]> | AsyncIterable<readonly [string, BaseTensor]>,
): Promise<string> {
  const sha256 = await digestFunction();
  const names = new Set<string>();
  const lines: Promise<string>[] = [];
  const waiting: { readonly line: Promise<string>; readonly bytes: number }[] = [];
  let bytes = 0;
  for await (const [fullName, tensor] of tensors) {
    const name = fullName.replace(/^bert\./, '');
    checkUnique(names, name);
    checkLength(name, tensor.shape, tensor.data);
    const { shape, data } = tensor;
    const line = tensorDigest(tensor, sha256).then((hex) => `${JSON.stringify([name, shape, hex])}\n`);
    line.catch(() => undefined); // it is thrown where it is awaited
    lines.push(line);
    for (; bytes > waitingBytes; bytes -= waiting.shift()!.bytes) await waiting[0]!.line;
    waiting.push({ line, bytes: data.byteLength });
    bytes += data.byteLength;
  }
  return fingerprintText((await Promise.all(lines)).sort().join(''));
}

/** The SHA-256 of a text's UTF-8, in hexadecimal. */
export async function fingerprintText(text: string): Promise<string> {
  const sha256 = await digestFunction();
  return hexadecimal(await sha256(new TextEncoder().encode(text)));
}

type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/** SHA-256 of the platform; a page that is not in a secure context has none, and computes it slowly. */
async function digestFunction(): Promise<Digest> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle) return async (bytes) => new Uint8Array(await subtle.digest('SHA-256', bytes));
  const { sha256 } = await import('./sha256.ts');
  return (bytes) => Promise.resolve(sha256(bytes));
}

/** All of a tensor's values have been taken when it returns its promise: `Digest` does that, too. */
async function tensorDigest(tensor: BaseTensor, sha256: Digest): Promise<string> {
  const values = chunkBytes / 4;
  const starts = Array.from({ length: Math.ceil(tensor.data.length / values) }, (_, i) => i * values);
  const chunks = await Promise.all(starts.map((start) => sha256(floatBytes(tensor, start, start + values))));
  const digests = new Uint8Array(32 * chunks.length);
  chunks.forEach((digest, i) => digests.set(digest, 32 * i));
  return hexadecimal(await sha256(digests));
}

/** A range of a tensor as the bytes of fp32 values, outside shared memory (which cannot be digested). */
function floatBytes(tensor: BaseTensor, start: number, end: number): Uint8Array<ArrayBuffer> {
  if ('dtype' in tensor) {
    const words = Uint32Array.from(tensor.data.subarray(start, end), half[tensor.dtype].bits);
    return new Uint8Array(words.buffer);
  }
  const bits = bitsOf(tensor.data.subarray(start, end));
  if (bits.buffer instanceof ArrayBuffer)
    return new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);
  return new Uint8Array(bits.slice().buffer as ArrayBuffer);
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
