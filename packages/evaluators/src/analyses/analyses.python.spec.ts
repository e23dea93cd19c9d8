import { fileURLToPath } from 'node:url';
import { describePython } from '@diffprune/testing';
import { random } from '@diffprune/testing/random';
import { clusterEntries, type Clustering } from './clustering.ts';
import { distance } from './distance.ts';
import { histogram } from './histogram.ts';
import { overlap } from './overlap.ts';

const script = fileURLToPath(new URL('../fixtures/analyses.py', import.meta.url));
const shape = [48, 128];
const size = 48 * 128;
const draw = random(5);
// the more often, the further to the left and to the top, so that they cluster
const mask = (density: number) =>
  Array.from({ length: size }, (_, i) => i).filter(
    (i) => draw() < 4 * density * (1 - i / size) * (1 - (i % 128) / 128),
  );

describePython(['numpy'], 'as numpy computes it', (run) => {
  const positions = [mask(0.05), mask(0.2)];
  const weights = [1, 2].map(() => Float32Array.from({ length: size }, () => draw() - 0.5));
  weights[1] = weights[1]!.map((value, i) => 0.1 * value + weights[0]![i]!);
  const bins = 20;
  const given = { shape, positions, weights: weights.map((values) => [...values]), bins };
  const theirs = run(script, given) as {
    clustering: Clustering[];
    overlap: Record<string, number>;
    distance: Record<string, number>;
    histogram: number[];
  };

  it('runs, rows and columns of made masks, and what chance gives', () => {
    const found = positions.map((each) => clusterEntries(shape, Uint32Array.from(each)));
    found.forEach(({ runs, runsByChance, rows, columns }, i) => {
      const expected = theirs.clustering[i]!;
      expect(runs).toBe(expected.runs);
      expect(runsByChance).toBeCloseTo(expected.runsByChance, 8);
      for (const [ours, numpys] of [
        [rows, expected.rows],
        [columns, expected.columns],
      ] as const) {
        expect(ours.touched).toBe(numpys.touched);
        for (const name of ['touchedByChance', 'squares', 'squaresByChance'] as const)
          expect(ours[name]).toBeCloseTo(numpys[name], 8);
      }
      expect(runs).toBeLessThan(runsByChance);
    });
  });

  it('overlap, distances and a histogram', () => {
    const sets = positions.map(
      (each) => new Map([['a', { size, positions: Uint32Array.from(each), inverted: false }]]),
    );
    const shared = overlap([{ name: 'a', shape }], sets[0]!, sets[1]!);
    for (const [name, value] of Object.entries(theirs.overlap))
      expect(shared[name as keyof typeof shared]).toBeCloseTo(value, 10);
    expect(shared.deviations).toBeGreaterThan(5);
    const apart = distance(weights[0]!, weights[1]!, shape);
    for (const [name, value] of Object.entries(theirs.distance))
      expect(apart[name as keyof typeof apart]).toBeCloseTo(value, 8);
    expect(histogram(weights[0]!, bins).counts).toEqual(theirs.histogram);
  });
});
