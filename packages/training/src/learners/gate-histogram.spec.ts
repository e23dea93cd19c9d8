import { probabilityAt } from '@diffprune/hard-concrete';
import { random } from '@diffprune/testing/random';
import { countGates, gateBins } from './gate-histogram.ts';

const shape = { l: -1.5, r: 1.3, temperature: 1 };
const next = random(3);
const alpha = Float32Array.from({ length: 3000 }, () => 16 * next() - 8);

function counted(values: Float32Array, open: number): number[] {
  const counts = new Array<number>(gateBins).fill(0);
  for (const each of values)
    counts[Math.min(gateBins - 1, Math.floor(gateBins * open * probabilityAt(each, shape)))]!++;
  return counts;
}

it.each([1, 0.6, 0.01, 1e-9])('counts gates by P, times %d of their group', (open) => {
  const counts = new Array<number>(gateBins).fill(0);
  countGates(counts, alpha, open, shape);
  expect(counts).toEqual(counted(alpha, open));
  countGates(counts, alpha, open, shape);
  expect(counts).toEqual(counted(alpha, open).map((count) => 2 * count));
});
