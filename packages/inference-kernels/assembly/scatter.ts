/**
 * A task's changes, put on and taken off again bit by bit. Offsets are in bytes from the start of a segment, which is 0 in
 * a WebAssembly memory.
 */

/** words[i] = what lies at segment + offsets[i], from ≤ i < to */
export function gather(segment: usize, offsets: usize, words: usize, from: u32, to: u32): void {
  const end = (<usize>to) << 2;
  for (let i = (<usize>from) << 2; i < end; i += 4) {
    store<u32>(words + i, load<u32>(segment + <usize>load<u32>(offsets + i)));
  }
}

/** What lies at segment + offsets[i] = words[i], from ≤ i < to; the offsets are all different */
export function scatter(segment: usize, offsets: usize, words: usize, from: u32, to: u32): void {
  const end = (<usize>to) << 2;
  for (let i = (<usize>from) << 2; i < end; i += 4) {
    store<u32>(segment + <usize>load<u32>(offsets + i), load<u32>(words + i));
  }
}

/** a ↔ b, 16 bytes for each unit from ≤ i < to */
export function exchange(a: usize, b: usize, from: u32, to: u32): void {
  const end = (<usize>to) << 4;
  for (let i = (<usize>from) << 4; i < end; i += 16) {
    const there = v128.load(a + i);
    v128.store(a + i, v128.load(b + i));
    v128.store(b + i, there);
  }
}
