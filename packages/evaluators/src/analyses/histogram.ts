/** Counts of values in intervals of equal width. */
export interface Histogram {
  /** Lower edge of the first interval, and upper edge of the last. */
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

/**
 * How values are distributed, such as the weights that pruning leaves (Sanh et al. 2020, section 7, figure 4a). The last
 * interval has its upper edge; values outside are counted in the first and the last one.
 *
 * @param bins above 0
 * @param range lower and upper edge; those of the values unless given, and [0, 1] where there are none
 * @throws RangeError for no bins, or for edges in the wrong order
 */
export function histogram(
  values: ArrayLike<number>,
  bins: number,
  range: readonly [number, number] = extent(values),
): Histogram {
  const [from, to] = range;
  if (!(Number.isInteger(bins) && bins > 0) || !(from <= to))
    throw new RangeError(`a histogram of ${bins} intervals from ${from} to ${to}`);
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) counts[bin(values[i]!, from, to, bins)]!++;
  return { from, to, counts };
}

/** Counts of pairs in a grid, apart by whether a weight is kept. */
export interface ScoreGrid {
  readonly weights: Pick<Histogram, 'from' | 'to'>;
  readonly scores: Pick<Histogram, 'from' | 'to'>;
  /** Of each cell: interval of the weight, interval of the score, and how many are kept and pruned; without empty cells. */
  readonly cells: readonly {
    readonly weight: number;
    readonly score: number;
    readonly kept: number;
    readonly pruned: number;
  }[];
}

/**
 * Scores against the weights that they are of (Sanh et al. 2020, section 7, figure 4b), counted in a grid, for there are
 * more weights than a plot has room for.
 *
 * @param isKept whether the mask keeps an entry, by its index
 * @param bins intervals of either axis
 * @throws RangeError where there are not as many scores as weights, or no bins
 */
export function scoresAgainstWeights(
  scores: Float32Array,
  weights: Float32Array,
  isKept: (index: number) => boolean,
  bins: number,
): ScoreGrid {
  if (scores.length !== weights.length)
    throw new RangeError(`${scores.length} scores for ${weights.length} weights`);
  if (!(Number.isInteger(bins) && bins > 0)) throw new RangeError(`a grid of ${bins} intervals`);
  const [ofWeights, ofScores] = [extent(weights), extent(scores)];
  const cells = new Map<number, { weight: number; score: number; kept: number; pruned: number }>();
  for (let i = 0; i < weights.length; i++) {
    const weight = bin(weights[i]!, ...ofWeights, bins);
    const score = bin(scores[i]!, ...ofScores, bins);
    const at = weight * bins + score;
    const cell = cells.get(at) ?? { weight, score, kept: 0, pruned: 0 };
    cells.set(at, cell);
    cell[isKept(i) ? 'kept' : 'pruned']++;
  }
  const edges = ([from, to]: readonly [number, number]) => ({ from, to });
  return {
    weights: edges(ofWeights),
    scores: edges(ofScores),
    cells: [...cells].sort(([a], [b]) => a - b).map(([, cell]) => cell),
  };
}

function bin(value: number, from: number, to: number, bins: number): number {
  const at = to === from ? 0 : Math.floor(((value - from) / (to - from)) * bins);
  return Math.min(bins - 1, Math.max(0, at));
}

function extent(values: ArrayLike<number>): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  let [from, to] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    from = Math.min(from, values[i]!);
    to = Math.max(to, values[i]!);
  }
  return [from, to];
}
