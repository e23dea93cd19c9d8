/**
 * Rows of a matrix, such as a table of embeddings. A byte for each says what a step does with it, at a pointer that is 0
 * where there are no rows and all elements are ACTIVE. What is learnt of the rows lies in places of its own: a u32 for
 * each place says which row it belongs to in arrays that are given whole.
 */
export const COASTING: u32 = 0;
export const ACTIVE: u32 = 1;

export class Rows {
  /** ACTIVE: read by the batch; COASTING: not read, so that its gradient is 0; anything else: left alone. */
  @inline static state(rows: usize): u32 {
    return rows == 0 ? ACTIVE : load<u8>(rows);
  }

  /** Index of the first element of a place's row. */
  @inline static index(order: usize, width: u32): u32 {
    return load<u32>(order) * width;
  }

  @inline static next(rows: usize): usize {
    return rows == 0 ? 0 : rows + 1;
  }
}
