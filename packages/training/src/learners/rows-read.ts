import { rowStates, type Rows } from '@diffprune/kernels';

const { active, coasting, skipped } = rowStates;

/**
 * What a training step has to do with each row of an embedding table whose gradient is 0 but in the rows that its batch
 * reads: these are active, those that steps before it have read coast, and the others, which have no momentum, are skipped.
 */
export class RowsRead {
  readonly rows: Rows;
  #active: readonly number[] = [];

  /**
   * @param shape [rows, width], width a multiple of 4
   * @param squares AdamW's second moments as they stand: rows that have some were read before
   */
  constructor([count, width]: readonly [number, number], squares: Float32Array) {
    const states = Uint8Array.from({ length: count }, (_, row) => {
      const read = squares.subarray(row * width, (row + 1) * width).some((square) => square !== 0);
      return read ? coasting : skipped;
    });
    this.rows = { width, states, order: Uint32Array.from(states.keys()) };
  }

  /** Elements of the active rows. */
  get activeSize(): number {
    return this.#active.length * this.rows.width;
  }

  /** Makes these rows the active ones, before a step; one may come several times. */
  read(rows: Int32Array): void {
    const { states } = this.rows;
    for (const row of this.#active) states[row] = coasting;
    this.#active = [...new Set(rows)];
    for (const row of this.#active) states[row] = active;
  }
}
