import $protobuf from 'protobufjs/minimal.js';
import { FormatError } from './errors.ts';

/**
 * Decodes a protobuf message and keeps the fields it does not know.
 *
 * @throws FormatError
 */
export function decodeMessage<Message>(
  type: { decode(reader: $protobuf.Reader): Message },
  bytes: Uint8Array,
  at: number,
): Message {
  const reader = $protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  try {
    return type.decode(reader);
  } catch (error) {
    throw new FormatError(`not a valid message: ${(error as Error).message}`, at);
  }
}

/** Copies of a decoded message's unknown fields. */
export function keptUnknown(message: { $unknowns?: Uint8Array[] }): { unknown?: Uint8Array[] } {
  return message.$unknowns ? { unknown: message.$unknowns.map((field) => field.slice()) } : {};
}
