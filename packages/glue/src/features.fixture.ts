import type { Features } from './encode.ts';

/** Rows of the given lengths; the tokens of row i are all i + 10, its label is i. */
export function featuresOfLengths(lengths: readonly number[]): Features {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => (offsets[i + 1] = (offsets[i] ?? 0) + length));
  return {
    size: lengths.length,
    tokens: Int32Array.from(lengths.flatMap((length, i) => new Array<number>(length).fill(i + 10))),
    offsets,
    firstLengths: Int32Array.from(lengths, (length) => Math.ceil(length / 2)),
    labels: { labels: Int32Array.from(lengths, (_, i) => i) },
    padId: 3,
  };
}

/** Tokens in all when each row is padded to the first bound that holds it. */
export function paddedTokens(lengths: readonly number[], bounds: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + (bounds.find((bound) => length <= bound) ?? NaN), 0);
}
