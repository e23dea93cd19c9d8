/**
 * Rows of a matrix, such as a table of embeddings, by what a step does with them. A byte for each row says so, at a
 * pointer that is 0 where all are ACTIVE.
 */
export const COASTING: u32 = 0;
export const ACTIVE: u32 = 1;

export class Rows {
  /** ACTIVE: read by the batch; COASTING: not read, so that its gradient is 0; anything else: left alone. */
  @inline static state(rows: usize): u32 {
    return rows == 0 ? ACTIVE : load<u8>(rows);
  }

  @inline static next(rows: usize): usize {
    return rows == 0 ? 0 : rows + 1;
  }
}
