import { golombDecode, golombEncode, golombModulus } from './golomb.ts';

/** Coded positions: gaps as Golomb codes, one bit for each element, or nothing (no element, or every element). */
export interface CodedPositions {
  readonly modulus?: number;
  readonly golomb?: Uint8Array;
  readonly bitmap?: Uint8Array;
}

/**
 * The shortest form of ascending positions.
 *
 * @param elements number of elements of the tensor
 * @param implied whether no bytes may stand for every element (not where the values take no bytes either: the
 * length of a file has to bound what it unpacks to)
 */
export function encodePositions(positions: Uint32Array, elements: number, implied: boolean): CodedPositions {
  if (positions.length === 0 || (implied && positions.length === elements)) return {};
  const { modulus, bits } = golombModulus(positions, elements);
  if (bits <= elements) return { modulus, golomb: golombEncode(positions, modulus, bits) };
  const bitmap = new Uint8Array(Math.ceil(elements / 8));
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    bitmap[position >>> 3]! |= 1 << (position & 7);
  }
  return { bitmap };
}

/**
 * Undoes `encodePositions`. Allocates at most 36 bytes for each byte of `coded`, or 4 for each element where
 * they are implied.
 *
 * @param count number of positions, as the file says
 * @returns undefined where the bytes do not hold `count` positions below `elements`
 */
export function decodePositions(
  coded: CodedPositions,
  count: number,
  elements: number,
  implied: boolean,
): Uint32Array | undefined {
  const { modulus, golomb, bitmap } = coded;
  if (golomb !== undefined) {
    if (!modulus || count === 0 || count > elements || count > golomb.length * 8) return undefined;
    return golombDecode(golomb, modulus, count, elements);
  }
  if (bitmap !== undefined) return decodeBitmap(bitmap, count, elements);
  if (count === 0) return new Uint32Array(0);
  if (count !== elements || !implied) return undefined;
  return Uint32Array.from({ length: count }, (_, i) => i);
}

function decodeBitmap(bitmap: Uint8Array, count: number, elements: number): Uint32Array | undefined {
  if (bitmap.length !== Math.ceil(elements / 8) || count > elements) return undefined;
  const positions = new Uint32Array(count);
  let found = 0;
  for (let byte = 0; byte < bitmap.length; byte++) {
    for (let bits = bitmap[byte]!; bits !== 0; bits &= bits - 1) {
      const position = byte * 8 + 31 - Math.clz32(bits & -bits);
      if (found === count || position >= elements) return undefined;
      positions[found++] = position;
    }
  }
  return found === count ? positions : undefined;
}
