/** Bytes that arrive in chunks of any size and are taken in pieces of any size. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  length = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The next bytes, `length` or as many as there are: a view where one chunk holds them, else a copy. */
  peek(length: number): Uint8Array {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= length) return first.subarray(0, length);
    const bytes = new Uint8Array(Math.min(length, this.length));
    let end = 0;
    for (const chunk of this.#chunks) {
      if (end === bytes.length) break;
      const piece = chunk.subarray(0, bytes.length - end);
      bytes.set(piece, end);
      end += piece.length;
    }
    return bytes;
  }

  /** The next bytes, `length` of them, which must be there, and no longer in the queue. */
  take(length: number): Uint8Array {
    const bytes = this.peek(length);
    this.length -= length;
    for (let left = length; left > 0;) {
      const first = this.#chunks.shift()!;
      if (first.length > left) this.#chunks.unshift(first.subarray(left));
      left -= first.length;
    }
    return bytes;
  }
}
