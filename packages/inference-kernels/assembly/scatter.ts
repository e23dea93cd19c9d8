/** Words of 32 bits at addresses: a task's changes put on, and taken off again bit by bit. */

/** words[i] = what lies at addresses[i] */
export function gather(addresses: usize, words: usize, count: u32): void {
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += 4) store<u32>(words + i, load<u32>(<usize>load<u32>(addresses + i)));
}

/** What lies at addresses[i] = words[i] */
export function scatter(addresses: usize, words: usize, count: u32): void {
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += 4) store<u32>(<usize>load<u32>(addresses + i), load<u32>(words + i));
}
