/** Eight tables: table[k * 256 + b] carries byte b over k further bytes ("slicing by eight", Kounavis and Berry). */
const table = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  table[byte] = crc;
}
for (let i = 256; i < table.length; i++) {
  const crc = table[i - 256]!;
  table[i] = (crc >>> 8) ^ table[crc & 255]!;
}

/**
 * CRC-32 of zlib, gzip and PNG.
 *
 * @param crc checksum of the bytes before these, 0 at the start
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const t = table;
  const b = bytes;
  let c = ~crc;
  let i = 0;
  for (const end = b.length - 7; i < end; i += 8) {
    c ^= b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24);
    c =
      t[1792 + (c & 255)]! ^
      t[1536 + ((c >>> 8) & 255)]! ^
      t[1280 + ((c >>> 16) & 255)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + b[i + 4]!]! ^
      t[512 + b[i + 5]!]! ^
      t[256 + b[i + 6]!]! ^
      t[b[i + 7]!]!;
  }
  for (; i < b.length; i++) c = (c >>> 8) ^ t[(c ^ b[i]!) & 255]!;
  return ~c >>> 0;
}
