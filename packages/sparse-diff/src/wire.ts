import { FormatError } from './errors.ts';

/**
 * Reads a protobuf varint of at most 32 bits.
 *
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
    if (byte < 128) {
      if (value >= 2 ** 32) break;
      return { value, end: start + i + 1 };
    }
  }
  throw new FormatError('a tag or length of more than 32 bits', at + start);
}

/**
 * Walks over a message's fields before it is decoded, so that no message unpacks to many more objects than it
 * has bytes.
 *
 * @param at where the message starts in its file, for the error
 * @throws FormatError for more than `limit` fields, a list of more than 1 KiB of packed numbers, a field that
 * ends behind the message, or a wire type that the format does not use
 */
export function checkFields(message: Uint8Array, at: number, limit: number, packed?: number): void {
  let position = 0;
  for (let count = 0; position < message.length; count++) {
    const start = position;
    const fail = (problem: string): never => {
      throw new FormatError(problem, at + start);
    };
    if (count === limit) fail(`more than ${limit} fields in one message`);
    const tag = readVarint(message, position, at) ?? fail('a field is cut short');
    position = tag.end;
    const type = tag.value & 7;
    if (type === 0) {
      while (message[position]! >= 128) position++;
      position++;
    } else if (type === 1) position += 8;
    else if (type === 5) position += 4;
    else if (type === 2) {
      const length = readVarint(message, position, at) ?? fail('a field is cut short');
      position = length.end + length.value;
      if (tag.value >>> 3 === packed && length.value > 1024) fail('a list of numbers that is too long');
    } else fail(`wire type ${type}`);
    if (position > message.length) fail('a field is longer than its message');
  }
}
