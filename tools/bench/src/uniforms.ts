/** Uniform numbers in (0, 1), always the same ones: Park & Miller 1988. */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
