import { clusterEntries, dispersion, sumClusterings, type Clustering } from './clustering.ts';

/** Every way to take k of n positions. */
function* subsets(n: number, k: number, from = 0): Generator<number[]> {
  if (k === 0) return yield [];
  for (let first = from; first <= n - k; first++)
    for (const rest of subsets(n, k - 1, first + 1)) yield [first, ...rest];
}

describe('clusterEntries', () => {
  it.each([
    [3, 4, 1],
    [3, 4, 5],
    [3, 4, 9],
    [3, 4, 12],
    [5, 2, 4],
    [1, 6, 3],
  ])('what chance gives in %i × %i is the mean over all ways to take %i', (rows, columns, k) => {
    const all: Clustering[] = [];
    for (const positions of subsets(rows * columns, k))
      all.push(clusterEntries([rows, columns], Uint32Array.from(positions)));
    const { runs, runsByChance, rows: ofRows, columns: ofColumns } = sumClusterings(all);
    expect(runsByChance).toBeCloseTo(runs, 8);
    for (const spread of [ofRows, ofColumns]) {
      expect(spread.touchedByChance).toBeCloseTo(spread.touched, 8);
      expect(spread.squaresByChance).toBeCloseTo(spread.squares, 8);
    }
    expect(all.length).toBeGreaterThan(0);
  });

  it('tells a block from what is spread evenly', () => {
    const block = clusterEntries(
      [100, 100],
      Uint32Array.from({ length: 200 }, (_, i) => 5000 + i),
    );
    expect([block.runs, block.rows.touched, block.columns.touched]).toEqual([1, 2, 100]);
    expect(dispersion(block.rows)).toBeGreaterThan(90);
    expect(dispersion(block.columns)).toBe(0);
    const spread = clusterEntries(
      [100, 100],
      Uint32Array.from({ length: 200 }, (_, i) => 50 * i),
    );
    expect([spread.runs, spread.rows.touched, spread.columns.touched]).toEqual([200, 100, 2]);
    expect(spread.runsByChance).toBeCloseTo((200 * 9801) / 10_000, 9);
  });

  it('has nothing to say of no entries, and refuses what is no matrix', () => {
    const none = clusterEntries([4, 5], new Uint32Array());
    expect(none).toMatchObject({ entries: 0, runs: 0, runsByChance: 0 });
    expect(none.rows).toEqual({ lines: 4, touched: 0, touchedByChance: 0, squares: 0, squaresByChance: 0 });
    expect(() => clusterEntries([4], Uint32Array.of(1))).toThrow('shape [4]: expected that of a matrix');
  });
});
