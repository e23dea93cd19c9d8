/**
 * Rows of a matrix, some of which are active: those that a batch reads, of a table of embeddings. A byte for each row
 * says so, at a pointer that is 0 where all are.
 */
export class Rows {
  @inline static isActive(active: usize): bool {
    return active == 0 || load<u8>(active) != 0;
  }

  @inline static next(active: usize): usize {
    return active == 0 ? 0 : active + 1;
  }
}
