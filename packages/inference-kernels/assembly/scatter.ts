/** A task's changes, put on and taken off again bit by bit: what is in one place changes places with what is in another. */

/** words[i] = what lies at addresses[i] */
export function gather(addresses: usize, words: usize, count: u32): void {
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += 4) store<u32>(words + i, load<u32>(<usize>load<u32>(addresses + i)));
}

/** words[i] ↔ what lies at addresses[i], which are all different */
export function exchangeWords(addresses: usize, words: usize, count: u32): void {
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += 4) {
    const at = <usize>load<u32>(addresses + i);
    const there = load<u32>(at);
    store<u32>(at, load<u32>(words + i));
    store<u32>(words + i, there);
  }
}

/** a ↔ b, a multiple of 16 bytes */
export function exchange(a: usize, b: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    const there = v128.load(a + i);
    v128.store(a + i, v128.load(b + i));
    v128.store(b + i, there);
  }
}
