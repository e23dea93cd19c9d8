import { half } from './half.ts';
import { checkLength, checkUnique } from './tensor.ts';
import type { BaseTensor } from './types.ts';
import { bitsOf } from './values.ts';

/** Bytes of fp32 values that are hashed at once. */
const chunkBytes = 2 ** 22;

/**
 * The fingerprint of a set of tensors: 64 hexadecimal digits that depend on names, shapes and fp32 values (bit
 * for bit), and on nothing else: not on their order, on whether they are kept as fp32, fp16 or bf16, or on a
 * leading `bert.` of a name. Half-precision numbers are widened bit by bit: NaNs of other payloads are others.
 *
 * Each tensor's values, as little-endian fp32, are cut into chunks of 4 MiB; its digest is the SHA-256 of the
 * concatenated SHA-256s of the chunks. The fingerprint is the SHA-256 of one UTF-8 line for each tensor, ordered
 * by its UTF-16 code units: the JSON array of name, shape and digest in hexadecimal, and a line feed.
 *
 * @param tensors by name: a `Base`, or any sequence that gives one tensor after another
 * @throws TensorError for a name that comes twice (with and without `bert.`) or data that does not fit its shape
 */
export async function fingerprintTensors(
  tensors: Iterable<readonly [string, BaseTensor]> | AsyncIterable<readonly [string, BaseTensor]>,
): Promise<string> {
  const sha256 = await digestFunction();
  const names = new Set<string>();
  const lines: string[] = [];
  for await (const [fullName, tensor] of tensors) {
    const name = fullName.replace(/^bert\./, '');
    checkUnique(names, name);
    checkLength(name, tensor.shape, tensor.data);
    const digest = hexadecimal(await sha256(await chunkDigests(tensor, sha256)));
    lines.push(`${JSON.stringify([name, tensor.shape, digest])}\n`);
  }
  return fingerprintText(lines.sort().join(''));
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

async function chunkDigests(tensor: BaseTensor, sha256: Digest): Promise<Uint8Array<ArrayBuffer>> {
  const values = chunkBytes / 4;
  const chunks = Math.ceil(tensor.data.length / values);
  const digests = new Uint8Array(32 * chunks);
  for (let i = 0; i < chunks; i++) {
    digests.set(await sha256(floatBytes(tensor, i * values, (i + 1) * values)), 32 * i);
  }
  return digests;
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
