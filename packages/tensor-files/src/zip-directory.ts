/**
 * The directory of a zip archive (PKWARE's APPNOTE.TXT, 4.3 to 4.5), zip64 included, for archives whose files are
 * stored as they are, as `torch.save` writes them.
 */
import { excerpt, type ByteSource } from '@diffprune/files';
import { PyTorchFileError } from './pytorch-error.ts';

/** Absolute byte offsets of a stored file's content. */
export interface ZipEntry {
  readonly begin: number;
  readonly end: number;
}

/** A directory of 10,000 files takes no more; BERT-large has 400. */
const maximumDirectoryBytes = 2 ** 20;
const endBytes = 22;
const longestComment = 0xffff;

/**
 * Reads which files an archive holds and where, and checks that each lies within it and that no two overlap.
 *
 * @throws PyTorchFileError
 */
export async function readZipDirectory({
  path,
  bytes,
  read: readAt,
}: ByteSource): Promise<Map<string, ZipEntry>> {
  const fail = (problem: string, byteOffset: number): never => {
    throw new PyTorchFileError(problem, { file: path, byteOffset });
  };
  const read = async (position: number, length: number): Promise<DataView> => {
    if (position + length > bytes) fail('the archive is cut short or damaged', Math.min(position, bytes));
    const found = await readAt(position, length);
    if (found.length < length) fail('the file became shorter while it was read', position + found.length);
    return new DataView(found.buffer, found.byteOffset, length);
  };

  const { count, size, offset } = await findDirectory(read, bytes, fail);
  if (size > maximumDirectoryBytes || count * 46 > size || offset + size > bytes) {
    fail(
      `the archive's directory claims ${count} files in ${size} bytes at byte ${offset}`,
      bytes - endBytes,
    );
  }
  const directory = await read(offset, size);
  const entries = new Map<string, ZipEntry>();
  const extents: { header: number; end: number; name: string }[] = [];
  for (let at = 0, index = 0; index < count; index++) {
    const here = offset + at;
    if (at + 46 > size || directory.getUint32(at, true) !== 0x02014b50) fail('no entry of a directory', here);
    const lengths = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const [nameLength, extraLength, commentLength] = lengths as [number, number, number];
    const nameAt = at + 46;
    const next = nameAt + nameLength + extraLength + commentLength;
    if (next > size) fail('an entry of the directory that is longer than the directory', here);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, nameAt, nameLength));
    if (entries.has(name)) fail(`${JSON.stringify(excerpt(name))} stands in the directory twice`, here);
    if ((directory.getUint16(at + 8, true) & 1) !== 0) fail(`${excerpt(name)} is encrypted`, here);
    if (directory.getUint16(at + 10, true) !== 0) {
      fail(
        `${excerpt(name)} is compressed, which torch.save never does; unpack the archive and store it anew`,
        here,
      );
    }
    const extra = new DataView(directory.buffer, nameAt + nameLength, extraLength);
    const large = zip64Fields(extra);
    const field = (from: number): number => {
      const small = directory.getUint32(at + from, true);
      return small === 0xffffffff
        ? (large.shift() ?? fail(`the size of ${excerpt(name)} is missing`, here))
        : small;
    };
    // in the order that zip64 has them
    const [unpacked, packed, header] = [field(24), field(20), field(42)] as const;
    if (unpacked !== packed) fail(`${excerpt(name)} has ${packed} bytes, but should have ${unpacked}`, here);
    const local = await read(header, 30);
    if (local.getUint32(0, true) !== 0x04034b50)
      fail(`${excerpt(name)} does not begin where it should`, header);
    const begin = header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    if (begin + packed > offset)
      fail(`${excerpt(name)} claims ${packed} bytes, more than the archive has`, here);
    entries.set(name, { begin, end: begin + packed });
    extents.push({ header, end: begin + packed, name });
    at = next;
  }
  extents.sort((a, b) => a.header - b.header);
  extents.forEach(({ header, name }, i) => {
    if (i > 0 && extents[i - 1]!.end > header) fail(`${excerpt(name)} overlaps another file`, header);
  });
  return entries;
}

type Read = (position: number, length: number) => Promise<DataView>;
type Fail = (problem: string, byteOffset: number) => never;

/** The record at the end, which says where the directory is. */
async function findDirectory(
  read: Read,
  bytes: number,
  fail: Fail,
): Promise<{ count: number; size: number; offset: number }> {
  const tailBytes = Math.min(bytes, endBytes + longestComment);
  const tail = await read(bytes - tailBytes, tailBytes);
  let end = tailBytes - endBytes;
  const isEnd = (at: number) =>
    tail.getUint32(at, true) === 0x06054b50 && tail.getUint16(at + 20, true) === tailBytes - endBytes - at;
  while (end >= 0 && !isEnd(end)) end--;
  if (end < 0) return fail('the archive has no directory at its end: it is cut short', bytes);
  const record = {
    count: tail.getUint16(end + 10, true),
    size: tail.getUint32(end + 12, true),
    offset: tail.getUint32(end + 16, true),
  };
  if (record.count !== 0xffff && record.size !== 0xffffffff && record.offset !== 0xffffffff) return record;

  const locatorAt = bytes - tailBytes + end - 20;
  if (locatorAt < 0) return fail('the zip64 directory is missing', bytes);
  const locator = await read(locatorAt, 20);
  if (locator.getUint32(0, true) !== 0x07064b50) return fail('the zip64 directory is missing', locatorAt);
  const recordAt = Number(locator.getBigUint64(8, true));
  const large = await read(recordAt, 56);
  if (large.getUint32(0, true) !== 0x06064b50) return fail('the zip64 directory is missing', recordAt);
  const [count, size, offset] = [32, 40, 48].map((at) => Number(large.getBigUint64(at, true)));
  return { count: count!, size: size!, offset: offset! };
}

/**
 * The 64-bit numbers that stand for those which 32 bits could not hold, in their order. One beyond 2^53 is no longer
 * exact, and larger than any file either way.
 */
function zip64Fields(extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = Math.min(extra.getUint16(at + 2, true), extra.byteLength - at - 4);
    if (extra.getUint16(at, true) === 1) {
      const count = Math.floor(length / 8);
      return Array.from({ length: count }, (_, i) => Number(extra.getBigUint64(at + 4 + 8 * i, true)));
    }
    at += 4 + length;
  }
  return [];
}
