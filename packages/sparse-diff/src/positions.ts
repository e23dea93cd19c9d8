import { golombDecode, golombEncode, golombModulus } from './golomb.ts';

/** Coded positions: Golomb codes of the gaps, or nothing for no element or every element. */
export interface CodedPositions {
  readonly modulus: number;
  readonly positions: Uint8Array;
}

const none: CodedPositions = { modulus: 0, positions: new Uint8Array(0) };

/**
 * The shortest form of ascending positions: never more than a bit for each element, which is what modulus 1
 * (a bitmap) takes.
 *
 * @param elements number of elements of the tensor
 * @param implied whether no bytes may stand for every element (not where the values take no bytes either: the
 * length of a file has to bound what it unpacks to)
 */
export function encodePositions(positions: Uint32Array, elements: number, implied: boolean): CodedPositions {
  if (positions.length === 0 || (implied && positions.length === elements)) return none;
  const { modulus, bits } = golombModulus(positions, elements);
  return { modulus, positions: golombEncode(positions, modulus, bits) };
}

/**
 * Undoes `encodePositions`. Allocates at most 33 bytes for each byte of `coded`, or 4 for each element where
 * they are implied.
 *
 * @param count number of positions, as the file says
 * @returns undefined where the bytes do not hold `count` positions below `elements`
 */
export function decodePositions(
  { modulus, positions }: CodedPositions,
  count: number,
  elements: number,
  implied: boolean,
): Uint32Array | undefined {
  if (modulus > 0) {
    if (count === 0 || count > elements || count > positions.length * 8) return undefined;
    return golombDecode(positions, modulus, count, elements);
  }
  if (positions.length > 0) return undefined;
  if (count === 0) return new Uint32Array(0);
  if (count !== elements || !implied) return undefined;
  return Uint32Array.from({ length: count }, (_, i) => i);
}
