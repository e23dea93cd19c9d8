/**
 * What every kernel's struct begins with (src/piece.ts writes it): the range of whole arrays that it works on, and memory
 * of its own. Pointers to arrays point to the range's first element.
 */
@unmanaged
export class Range {
  /** Index of the first element in the whole array, which the random numbers go by. */
  index: u32;
  /** Elements: a multiple of 4, not 0. */
  count: u32;
  /** The states of its rows, 0 if it has none (rows.ts); for each place its row in arrays that are given whole. */
  rows: usize;
  order: usize;
  /** Elements of a row; without rows, those that make one partial sum. */
  width: u32;
  /** Where partial sums go, one set for each row. */
  sums: usize;
  /** Working memory: two parts (scratch.ts). */
  scratch: usize;

  get bytes(): usize {
    return (<usize>this.count) << 2;
  }

  get rowBytes(): usize {
    return (<usize>this.width) << 2;
  }
}
