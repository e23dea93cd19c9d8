/** A measured quantity: the median of its samples, and how far the middle half of them lies apart. */
export interface Measured {
  readonly median: number;
  /** First and third quartile. */
  readonly spread: readonly [number, number];
  readonly samples: number;
}

/** The value below which a fraction `at` of the samples lies, interpolated between neighbours. */
function quantile(sorted: readonly number[], at: number): number {
  const position = at * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  return below + (sorted[Math.ceil(position)]! - below) * (position % 1);
}

/** @throws RangeError without samples */
export function measured(samples: readonly number[]): Measured {
  if (samples.length === 0) throw new RangeError('nothing was measured');
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    spread: [quantile(sorted, 0.25), quantile(sorted, 0.75)],
    samples: sorted.length,
  };
}

/**
 * The ratio of two series that were measured in turns: each round gives a ratio of its own, so that a machine that
 * slows down between rounds changes neither.
 */
export function ratio(numerators: readonly number[], denominators: readonly number[]): Measured {
  if (numerators.length !== denominators.length)
    throw new RangeError('the series were not measured in turns');
  return measured(numerators.map((value, round) => value / denominators[round]!));
}
