import { fuzz } from './fuzz.ts';

describe('damaged files', () => {
  const seed = Date.now() % 2 ** 31;

  it(`end in a result or a SparseDiffError (seed ${seed})`, async () => {
    const { accepted, refused } = await fuzz(seed, 3000);
    expect(accepted).toBeGreaterThan(50);
    for (const name of ['FormatError', 'ChecksumError', 'TensorError']) {
      expect(refused[name] ?? 0).toBeGreaterThan(0);
    }
  });
});
