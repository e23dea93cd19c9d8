/** Bytes that arrive in chunks of any size and are taken in pieces of any size. */
export class ByteQueue {
  /** The queue's bytes lie from start to end. What was taken is never written to again: it may still be in use. */
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Keeps a view of the chunk where the queue is empty, else copies it. */
  push(chunk: Uint8Array): void {
    const { length } = this;
    if (length === 0) {
      this.#buffer = chunk;
      this.#start = this.#end = 0;
    } else if (this.#end + chunk.length > this.#buffer.length) {
      const grown = new Uint8Array(2 * (length + chunk.length));
      grown.set(this.peek(length));
      this.#buffer = grown;
      this.#start = 0;
      this.#end = length;
    }
    if (length > 0) this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** A view of the next bytes, `length` or as many as there are. */
  peek(length: number): Uint8Array {
    return this.#buffer.subarray(this.#start, Math.min(this.#start + length, this.#end));
  }

  /** The next bytes, `length` of them, which must be there, and no longer in the queue. */
  take(length: number): Uint8Array {
    const bytes = this.peek(length);
    this.#start += length;
    return bytes;
  }
}
