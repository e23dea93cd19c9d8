import { entryCount } from './parameters.ts';

/** How entries spread over the rows, or the columns, of a matrix. Sums of these over matrices are such, too. */
export interface Spread {
  /** Rows, or columns. */
  readonly lines: number;
  /** Those with an entry, and how many of them chance would give. */
  readonly touched: number;
  readonly touchedByChance: number;
  /** Squared differences of the lines' counts from their mean, summed, and what chance would give. */
  readonly squares: number;
  readonly squaresByChance: number;
}

/** How a matrix's entries lie together. */
export interface Clustering {
  readonly entries: number;
  /** Runs: stretches of neighbours in row-major order, and how many of them chance would give. */
  readonly runs: number;
  readonly runsByChance: number;
  readonly rows: Spread;
  readonly columns: Spread;
}

/**
 * How k positions lie in a matrix of n entries, against k that are drawn from them without replacement: fewer runs than
 * by chance, fewer rows (columns) with an entry, and a larger spread of the counts of rows (columns) say that the entries
 * cluster, as structured diff pruning may make them (Guo et al. 2021, section 5.2).
 *
 * By chance there are k(n - k + 1)/n runs; a line of c entries is missed with the probability of the hypergeometric
 * distribution's 0, C(n - c, k)/C(n, k), and its count has that distribution's variance,
 * k·(c/n)·(1 - c/n)·(n - k)/(n - 1).
 *
 * @param shape [rows, columns]
 * @param positions flat row-major indices, strictly ascending
 * @throws RangeError for a shape of other than two dimensions
 */
export function clusterEntries(shape: readonly number[], positions: Uint32Array): Clustering {
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2)
    throw new RangeError(`shape [${shape.join(', ')}]: expected that of a matrix`);
  const [n, k] = [entryCount(shape), positions.length];
  const counts = { rows: new Uint32Array(rows), columns: new Uint32Array(columns) };
  let runs = 0;
  for (let i = 0; i < k; i++) {
    const position = positions[i]!;
    if (i === 0 || positions[i - 1]! + 1 !== position) runs++;
    counts.rows[Math.floor(position / columns)]!++;
    counts.columns[position % columns]!++;
  }
  return {
    entries: k,
    runs,
    runsByChance: n === 0 ? 0 : (k * (n - k + 1)) / n,
    rows: spread(counts.rows, columns, k),
    columns: spread(counts.columns, rows, k),
  };
}

/** What several matrices' entries amount to together. */
export function sumClusterings(clusterings: readonly Clustering[]): Clustering {
  const sum = (of: (each: Clustering) => number) => clusterings.reduce((total, each) => total + of(each), 0);
  const spreads = (of: (each: Clustering) => Spread): Spread => ({
    lines: sum((each) => of(each).lines),
    touched: sum((each) => of(each).touched),
    touchedByChance: sum((each) => of(each).touchedByChance),
    squares: sum((each) => of(each).squares),
    squaresByChance: sum((each) => of(each).squaresByChance),
  });
  return {
    entries: sum(({ entries }) => entries),
    runs: sum(({ runs }) => runs),
    runsByChance: sum(({ runsByChance }) => runsByChance),
    rows: spreads(({ rows }) => rows),
    columns: spreads(({ columns }) => columns),
  };
}

/** How much more counts spread than by chance: 1 for positions at random, above it where they cluster; NaN for none. */
export function dispersion({ squares, squaresByChance }: Spread): number {
  return squares / squaresByChance;
}

function spread(counts: Uint32Array, length: number, k: number): Spread {
  const lines = counts.length;
  const n = lines * length;
  const variance = n < 2 ? 0 : k * (length / n) * (1 - length / n) * ((n - k) / (n - 1));
  const mean = k / lines;
  return {
    lines,
    touched: counts.reduce((touched, count) => touched + Number(count > 0), 0),
    touchedByChance: lines * (1 - missed(n, length, k)),
    squares: counts.reduce((sum, count) => sum + (count - mean) ** 2, 0),
    squaresByChance: lines * variance,
  };
}

/** C(n - c, k) / C(n, k): the probability that none of k entries drawn of n is among c of them. */
function missed(n: number, c: number, k: number): number {
  if (k > n - c) return 0;
  const [few, many] = k < c ? [k, c] : [c, k];
  let log = 0;
  for (let i = 0; i < few; i++) log += Math.log1p(-many / (n - i));
  return Math.exp(log);
}
