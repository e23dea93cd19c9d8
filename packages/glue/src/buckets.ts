import type { Features } from './encode.ts';

/**
 * Chooses the lengths that rows are padded to: at most `most` multiples of 8 (the largest capped at `maxLength`)
 * with the fewest padded tokens in all. Each length in use costs a compiled program, hence few of them.
 *
 * Dynamic programming over the candidate lengths: the best cover of the rows up to candidate j with k buckets ends
 * in a bucket that pads the rows above candidate i to j.
 *
 * @param maxLength longest row that may occur; the last bucket is not longer than this
 * @returns increasing lengths, the last of which holds the longest row
 * @throws RangeError if a row is longer than maxLength
 */
export function chooseBuckets(features: Features, maxLength: number, most = 4): number[] {
  const lengths = rowLengths(features);
  const candidates = [...new Set(lengths.map((length) => Math.min(Math.ceil(length / 8) * 8, maxLength)))];
  candidates.sort((a, b) => a - b);
  const tooLong = lengths.findIndex((length) => length > maxLength);
  if (tooLong >= 0) {
    throw new RangeError(`row ${tooLong} has ${lengths[tooLong]} tokens, more than maxLength ${maxLength}`);
  }
  const below = candidates.map((candidate) => lengths.filter((length) => length <= candidate).length);
  type Cover = { cost: number; buckets: number[] };
  let best: (Cover | undefined)[] = candidates.map(() => undefined);
  for (let k = 0; k < most; k++) {
    const previous = best;
    best = candidates.map((candidate, j) => {
      let found: Cover = previous[j] ?? { cost: candidate * (below[j] ?? 0), buckets: [candidate] };
      for (let i = 0; i < j; i++) {
        const cover = previous[i];
        const cost = (cover?.cost ?? Infinity) + candidate * ((below[j] ?? 0) - (below[i] ?? 0));
        if (cover !== undefined && cost < found.cost)
          found = { cost, buckets: [...cover.buckets, candidate] };
      }
      return found;
    });
  }
  return best.at(-1)?.buckets ?? [];
}

/** Token counts of the rows, special tokens included. */
export function rowLengths({ offsets, size }: Features): number[] {
  return Array.from({ length: size }, (_, i) => (offsets[i + 1] ?? 0) - (offsets[i] ?? 0));
}
