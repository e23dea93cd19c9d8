/**
 * Packed matrices: panels of 8 rows, one behind the other, in which the 8 elements of a column are neighbours, as
 * `linear` reads them. Element (row, column) lies at (row >> 3)·8·inner + 8·column + (row & 7); rows and columns that the
 * matrix lacks are 0.
 */

/** Packs rows of a matrix [rows, columns] whose rows are `stride` bytes apart, into panels of `inner` columns. */
export function pack(source: usize, stride: usize, rows: u32, columns: u32, target: usize, inner: u32): void {
  for (let row: u32 = 0; row < rows; row += 8) {
    const count = min(8, rows - row);
    const panel = target + <usize>row * <usize>inner * 4;
    if (count < 8 || columns < inner) memory.fill(panel, 0, <usize>inner * 32);
    let i: u32 = 0;
    for (; i + 4 <= count; i += 4)
      packFour(source + <usize>(row + i) * stride, stride, columns, panel + <usize>i * 4);
    for (; i < count; i++) {
      for (let column: u32 = 0; column < columns; column++) {
        store<f32>(
          panel + <usize>column * 32 + <usize>i * 4,
          load<f32>(source + <usize>(row + i) * stride + <usize>column * 4),
        );
      }
    }
  }
}

/** Four rows: blocks of 4×4, turned over, and what is left of the columns. */
function packFour(source: usize, stride: usize, columns: u32, target: usize): void {
  const second = source + stride;
  const third = second + stride;
  const fourth = third + stride;
  let column: u32 = 0;
  for (; column + 4 <= columns; column += 4) {
    const at = <usize>column * 4;
    const a = v128.load(source + at);
    const b = v128.load(second + at);
    const c = v128.load(third + at);
    const d = v128.load(fourth + at);
    const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const to = target + <usize>column * 32;
    v128.store(to, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
    v128.store(to, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7), 32);
    v128.store(to, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5), 64);
    v128.store(to, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7), 96);
  }
  for (; column < columns; column++) {
    const at = <usize>column * 4;
    const to = target + <usize>column * 32;
    store<f32>(to, load<f32>(source + at));
    store<f32>(to, load<f32>(second + at), 4);
    store<f32>(to, load<f32>(third + at), 8);
    store<f32>(to, load<f32>(fourth + at), 12);
  }
}

/** Packs the transposed of a matrix [rows, columns]: its columns make the panels. `inner` ≥ rows. */
export function packTransposed(
  source: usize,
  stride: usize,
  rows: u32,
  columns: u32,
  target: usize,
  inner: u32,
): void {
  for (let column: u32 = 0; column < columns; column += 8) {
    let to = target + <usize>column * <usize>inner * 4;
    const count = min(8, columns - column);
    let from = source + <usize>column * 4;
    for (let row: u32 = 0; row < rows; row++) {
      if (count == 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        memory.fill(to, 0, 32);
        memory.copy(to, from, <usize>count * 4);
      }
      from += stride;
      to += 32;
    }
    memory.fill(to, 0, <usize>(inner - rows) * 32);
  }
}
