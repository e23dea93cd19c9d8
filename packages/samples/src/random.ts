/** Uniform numbers in [0, 1), 32 bits each, from a seed: mulberry32 (Tommy Ettinger, public domain). */
export function uniforms(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An element of a list that is not empty. */
export function pick<T>(items: readonly T[], uniform: () => number): T {
  return items[Math.floor(uniform() * items.length)] as T;
}
