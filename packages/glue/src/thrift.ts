/** A structure of Thrift's compact protocol: values by field number. */
export type ThriftStruct = Readonly<Record<number, ThriftValue>>;
export type ThriftValue =
  boolean | number | bigint | Uint8Array | readonly ThriftValue[] | { readonly [field: number]: ThriftValue };

/** No structure of Parquet is that deep. */
const maxDepth = 16;

/**
 * Reads one structure of Thrift's compact protocol (the specification in Apache Thrift's repository,
 * `doc/specs/thrift-compact-protocol.md`), as far as Parquet uses it. Time and memory are bounded by the bytes.
 *
 * @returns the structure, and the position behind it
 * @throws RangeError for bytes that are none
 */
export function readThrift(bytes: Uint8Array, position: number): { struct: ThriftStruct; end: number } {
  let at = position;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new RangeError('a structure that does not end');
    return value;
  };
  const unsigned = (bits: 32 | 64): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 0x7f) << shift;
      if (value >= 1n << BigInt(bits)) throw new RangeError(`a number of more than ${bits} bits`);
      if (next < 0x80) return value;
      if (shift > BigInt(bits)) throw new RangeError(`a number of more than ${bits} bits`);
    }
  };
  const signed = (bits: 32 | 64): bigint => {
    const value = unsigned(bits);
    return (value >> 1n) ^ -(value & 1n);
  };
  const length = (): number => {
    const value = Number(unsigned(32));
    if (value > bytes.length - at) throw new RangeError('a length beyond the end');
    return value;
  };
  const value = (type: number, depth: number): ThriftValue => {
    switch (type) {
      case 1:
      case 2:
        return type === 1;
      case 3:
        return (byte() << 24) >> 24;
      case 4:
      case 5:
        return Number(signed(32));
      case 6:
        return signed(64);
      case 7:
        at += 8;
        return 0; // no number that Parquet keeps in a double is needed
      case 8: {
        const size = length();
        return bytes.subarray(at, (at += size));
      }
      case 9:
        return list(depth + 1);
      case 12:
        return struct(depth + 1);
      default:
        throw new RangeError(`the unknown type ${type}`);
    }
  };
  const list = (depth: number): readonly ThriftValue[] => {
    const header = byte();
    if (depth > maxDepth) throw new RangeError('too many levels');
    // Each element takes a byte at least.
    const size = header >> 4 === 15 ? length() : header >> 4;
    const type = header & 15;
    const items: ThriftValue[] = [];
    for (let i = 0; i < size; i++) items.push(type === 1 || type === 2 ? byte() === 1 : value(type, depth));
    return items;
  };
  const struct = (depth: number): ThriftStruct => {
    if (depth > maxDepth) throw new RangeError('too many levels');
    const fields: Record<number, ThriftValue> = {};
    for (let field = 0; ;) {
      const header = byte();
      if ((header & 15) === 0) return fields;
      field = header >> 4 ? field + (header >> 4) : Number(signed(32));
      fields[field] = value(header & 15, depth);
    }
  };
  return { struct: struct(0), end: at };
}
