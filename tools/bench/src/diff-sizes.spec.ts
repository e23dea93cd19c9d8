import { entropyBits, type DiffTensor } from '@diffprune/sparse-diff';
import { diffSizes } from './diff-sizes.ts';
import { randomDiff } from './random-diff.ts';

it('counts the bytes of a diff in its forms, those of its head among them', async () => {
  const shape = [400, 500];
  const head: DiffTensor = {
    name: 'classifier.weight',
    shape: [2, 10],
    operation: 'replace-dense',
    positions: new Uint32Array(),
    values: new Float32Array(20).fill(0.25),
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
