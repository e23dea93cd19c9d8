import { FormatError } from './errors.ts';

/**
 * Reads a protobuf varint of at most 32 bits.
 *
 * @param at where the bytes start in their file
 * @returns its value and the position behind it, or undefined where the bytes end first
 * @throws FormatError where it is longer
 */
export function readVarint(
  bytes: Uint8Array,
  start: number,
  at: number,
): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128 && value < 2 ** 32) return { value, end: start + i + 1 };
  }
  throw new FormatError('a tag or length of more than 32 bits', at + start);
}
