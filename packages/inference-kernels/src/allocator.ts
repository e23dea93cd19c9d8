/** Pieces of an address space, taken and given back. */
export class Allocator {
  /** Free pieces by address, none next to another. */
  readonly #free: { at: number; bytes: number }[] = [];

  /**
   * @param end first address behind what there is
   * @param grow makes room up to an address, or throws
   */
  constructor(
    public end: number,
    readonly grow: (end: number) => void,
  ) {}

  /** @returns the address of `bytes` bytes, a multiple of 64 */
  take(bytes: number): number {
    const size = Math.max(64, Math.ceil(bytes / 64) * 64);
    const found = this.#free.findIndex((piece) => piece.bytes >= size);
    if (found >= 0) {
      const piece = this.#free[found]!;
      const { at } = piece;
      piece.at += size;
      piece.bytes -= size;
      if (piece.bytes === 0) this.#free.splice(found, 1);
      return at;
    }
    // A free piece at the end is part of what is taken.
    const last = this.#free.at(-1);
    const at = last !== undefined && last.at + last.bytes === this.end ? last.at : this.end;
    this.grow(at + size);
    if (at !== this.end) this.#free.pop();
    this.end = at + size;
    return at;
  }

  /** Gives back what `take(bytes)` gave. */
  give(at: number, bytes: number): void {
    const size = Math.max(64, Math.ceil(bytes / 64) * 64);
    let next = this.#free.findIndex((piece) => piece.at > at);
    if (next < 0) next = this.#free.length;
    this.#free.splice(next, 0, { at, bytes: size });
    for (const i of [next + 1, next]) {
      const [before, piece] = [this.#free[i - 1], this.#free[i]];
      if (before !== undefined && piece !== undefined && before.at + before.bytes === piece.at) {
        before.bytes += piece.bytes;
        this.#free.splice(i, 1);
      }
    }
  }

  /** Bytes that are taken. */
  get taken(): number {
    return this.end - this.#free.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
