/** What a zip archive's directory says of a file, where it is not the truth. */
export interface ZipLies {
  readonly flags?: number;
  readonly method?: number;
  readonly packed?: number;
  readonly unpacked?: number;
  readonly header?: number;
}

/** An archive of stored files. `zip64` has all sizes and offsets in the 64-bit fields. */
export function zip(
  files: readonly (readonly [name: string, content: Uint8Array, lies?: ZipLies])[],
  { zip64 = false, count = files.length } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content, lies = {}] of files) {
    const { flags = 0, method = 0, packed = content.length, unpacked = content.length, header = at } = lies;
    const local = Buffer.alloc(30 + name.length + 5);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(5, 28); // padding, as PyTorch has it to align the numbers
    local.write(name, 30);
    const large = [unpacked, packed, header];
    const entry = Buffer.alloc(46 + name.length + (zip64 ? 28 : 0));
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    [24, 20, 42].forEach((field, i) => entry.writeUInt32LE(zip64 ? 0xffffffff : large[i]!, field));
    entry.writeUInt16LE(name.length, 28);
    entry.write(name, 46);
    if (zip64) {
      entry.writeUInt16LE(28, 30);
      entry.writeUInt16LE(1, 46 + name.length);
      entry.writeUInt16LE(24, 48 + name.length);
      large.forEach((value, i) => entry.writeBigUInt64LE(BigInt(value), 50 + name.length + 8 * i));
    }
    parts.push(local, Buffer.from(content));
    directory.push(entry);
    at += local.length + content.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : at, 16);
  const record = Buffer.alloc(zip64 ? 56 + 20 : 0);
  if (zip64) {
    record.writeUInt32LE(0x06064b50, 0);
    [count, size, at].forEach((value, i) => record.writeBigUInt64LE(BigInt(value), 32 + 8 * i));
    record.writeUInt32LE(0x07064b50, 56);
    record.writeBigUInt64LE(BigInt(at + size), 56 + 8);
  }
  return Buffer.concat([...parts, ...directory, record, end]);
}
