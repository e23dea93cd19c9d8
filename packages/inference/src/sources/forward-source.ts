import type { ByteSource } from '@diffprune/files';

/**
 * Bytes that come once, such as those of a download, as a source that is read from front to back: what lies between
 * two reads is passed over. So nothing of it is in memory but what is read.
 *
 * @param path what messages call it
 * @param bytes how many there are
 */
export function forwardSource(path: string, bytes: number, chunks: AsyncGenerator<Uint8Array>): ByteSource {
  let rest: Uint8Array = new Uint8Array(0);
  let at = 0;
  return {
    path,
    bytes,
    async read(position, length) {
      if (position < at)
        throw new RangeError(`${path} is read from front to back: byte ${position} is passed`);
      const read = new Uint8Array(Math.min(length, Math.max(0, bytes - position)));
      while (at < position + read.length) {
        if (rest.length === 0) {
          const { value } = await chunks.next();
          if (value === undefined) return read.slice(0, Math.max(0, at - position));
          rest = value;
        }
        const wanted = at < position ? position - at : position + read.length - at;
        const part = rest.subarray(0, wanted);
        if (at >= position) read.set(part, at - position);
        rest = rest.subarray(part.length);
        at += part.length;
      }
      return read;
    },
    close: async () => void (await chunks.return(undefined)),
  };
}
