import type { DiffTensor } from '@diffprune/sparse-diff';
import { diffSizes, entropyBits } from './diff-sizes.ts';
import { randomDiff } from './random-diff.ts';

it('bounds the bits of positions by the number of ways to choose them', () => {
  const [count, elements] = [30, 200];
  let ways = 0; // log2 of the binomial coefficient
  for (let i = 1; i <= count; i++) ways += Math.log2((elements - count + i) / i);
  expect(entropyBits(count, elements)).toBeGreaterThan(ways);
  expect(entropyBits(count, elements)).toBeLessThan(ways + Math.log2(elements + 1));
  expect([entropyBits(0, 5), entropyBits(5, 5), entropyBits(4, 8)]).toEqual([0, 0, 8]);
});

it('counts the bytes of a diff in its forms, those of its head among them', async () => {
  const shape = [400, 500];
  const head: DiffTensor = {
    ...{ name: 'classifier.weight', shape: [2, 10], operation: 'replace-dense' },
    ...{ positions: new Uint32Array(), values: new Float32Array(20).fill(0.25) },
  };
  const sparse = randomDiff([{ name: 'weight', shape }]);
  const entries = sparse[0]!.positions.length;
  const sizes = await diffSizes({ parameters: 200_000, tensors: [...sparse, head] });
  expect(sizes).toMatchObject({ entries, pairs: 8 * entries + 80, denseHalf: 2 * 200_020 });
  expect(sizes.positionBits * entries).toBeCloseTo(sizes.overEntropy * entropyBits(entries, 200_000), 6);
  expect(Math.abs(sizes.overEntropy - 1)).toBeLessThan(0.05);
  for (const packed of [sizes.file, sizes.gzip, sizes.zstd]) {
    expect(packed).toBeGreaterThan(4 * entries); // random values do not shrink by half
    expect(packed).toBeLessThan(sizes.pairs);
  }
});
