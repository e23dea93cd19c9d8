import $protobuf from 'protobufjs/minimal.js';
import { FormatError } from './errors.ts';

type Kind = 'bool' | 'bytes' | 'double' | 'string' | 'uint32' | 'uint64' | Table;

/** A protobuf field: its number, its type, and whether it is a list or a member of a oneof. */
type Field = readonly [id: number, kind: Kind, presence?: 'repeated' | 'optional'];

/** A message's fields by name, generated from the .proto file. */
export type Table = Readonly<{ [name: string]: Field }>;

type ValueOf<K> = K extends Table
  ? Message<K>
  : K extends 'string'
    ? string
    : K extends 'bytes'
      ? Uint8Array
      : K extends 'bool'
        ? boolean
        : number;

type FieldValue<F extends Field> = F[2] extends 'repeated'
  ? readonly ValueOf<F[1]>[]
  : F[2] extends 'optional'
    ? ValueOf<F[1]> | undefined
    : ValueOf<F[1]>;

/** A message as it is read: absent fields have their default, absent members of a oneof are undefined. */
export type Message<T extends Table> = { readonly [Name in keyof T]: FieldValue<T[Name]> } & {
  /** Fields that the table does not have, tag included. */
  readonly unknown?: readonly Uint8Array[] | undefined;
};

/** A message to be written: what is left out is absent. */
export type PartialMessage<T extends Table> = {
  readonly [Name in keyof Message<T>]?: Message<T>[Name] | undefined;
};

/** What a field is that is absent; a number is 0. */
const defaults = { string: '', bytes: new Uint8Array(0), bool: false };

/** Protobuf's wire type of a field's values. */
function wireType(kind: Kind): number {
  if (kind === 'double') return 1;
  return kind === 'bool' || kind === 'uint32' || kind === 'uint64' ? 0 : 2;
}

/** A message's bytes: fields in the table's order, defaults left out, unknown fields last. */
export function encodeMessage<T extends Table>(table: T, message: PartialMessage<T>): Uint8Array {
  const writer = $protobuf.Writer.create();
  write(writer, table, message);
  return new Uint8Array(writer.finish());
}

function write(writer: $protobuf.Writer, table: Table, message: Record<string, unknown>): void {
  for (const [name, [id, kind, presence]] of Object.entries(table)) {
    const value = message[name];
    const writeOne = (item: unknown): void => {
      writer.uint32((id << 3) | wireType(kind));
      if (typeof kind === 'string') writer[kind](item as never);
      else {
        writer.fork();
        write(writer, kind, item as Record<string, unknown>);
        writer.ldelim();
      }
    };
    if (value === undefined) continue;
    if (presence !== 'repeated') {
      const absent = !presence && (!value || (value as Uint8Array).length === 0);
      if (!absent) writeOne(value);
    } else if (kind !== 'uint32') (value as unknown[]).forEach(writeOne);
    else if ((value as number[]).length > 0) {
      writer.uint32((id << 3) | 2).fork();
      for (const item of value as number[]) writer.uint32(item);
      writer.ldelim();
    }
  }
  for (const field of (message['unknown'] ?? []) as Uint8Array[]) writer.raw(field);
}

/**
 * Reads a message. Bytes are views of `bytes`, unknown fields are copies.
 *
 * @param at where the message starts in its file
 * @param maxFields fields and list items that it may have, those of messages in it included: a bound on the
 * objects that are made
 * @throws FormatError
 */
export function decodeMessage<T extends Table>(
  table: T,
  bytes: Uint8Array,
  at: number,
  maxFields: number,
): Message<T> {
  const reader = $protobuf.Reader.create(bytes);
  let fields = 0;
  const count = (): void => {
    if (++fields > maxFields) throw new Error(`more than ${maxFields} fields`);
  };

  const readOne = (kind: Kind): unknown => {
    if (kind === 'string') return reader.stringVerify();
    if (kind === 'uint64') return Number(String(reader.uint64()));
    if (typeof kind === 'string') return reader[kind]();
    const length = reader.uint32();
    return readFields(kind, reader.pos + length);
  };

  const readFields = (table: Table, end: number): Record<string, unknown> => {
    const names = new Map<number, string>();
    const message: Record<string, unknown> = {};
    for (const [name, [id, kind, presence]] of Object.entries(table)) {
      names.set(id, name);
      if (presence !== 'optional') message[name] = presence ? [] : (defaults[kind as 'string'] ?? 0);
    }
    while (reader.pos < end) {
      count();
      const start = reader.pos;
      const tag = reader.uint32();
      const name = names.get(tag >>> 3) ?? '';
      const [, kind, presence] = table[name] ?? [];
      const type = tag & 7;
      const list = presence === 'repeated' ? (message[name] as unknown[]) : undefined;
      if (list && kind === 'uint32' && type === 2) {
        const length = reader.uint32();
        for (const last = reader.pos + length; reader.pos < last;) {
          count();
          list.push(reader.uint32());
        }
      } else if (kind && type === wireType(kind)) {
        const value = readOne(kind);
        if (list) list.push(value);
        else message[name] = value;
      } else {
        reader.skipType(type);
        ((message['unknown'] ??= []) as Uint8Array[]).push(bytes.slice(start, reader.pos));
      }
    }
    if (reader.pos !== end) throw new Error('a field is too long');
    return message;
  };

  try {
    return readFields(table, bytes.length) as Message<T>;
  } catch (error) {
    throw new FormatError(`not a valid message: ${(error as Error).message}`, at + reader.pos);
  }
}
