import { describeGpu } from '@diffprune/testing/gpu-page';

const fixture = new URL('./agreement.fixture.ts', import.meta.url);

describeGpu('on WebGPU, as on WebAssembly', fixture, (page) => {
  const difference = (name: string, numbers: readonly unknown[], products = 'plain'): Promise<number> =>
    page.call('difference', name, numbers, products);

  describe.each(['plain', 'tiled'])('%s products', (products) => {
    it.each([
      [1, 1, 1],
      [3, 5, 7],
      [4, 64, 16],
      [9, 31, 33],
      [33, 72, 20],
      [70, 130, 260],
    ])('a linear layer of %d rows to %d from %d', async (rows, columns, inner) => {
      expect(await difference('linear', [rows, columns, inner, 'none'], products)).toBeLessThan(1e-5);
    });

    it.each(['gelu', 'gelu_new', 'relu', 'tanh'])('%s', async (activation) => {
      expect(await difference('linear', [5, 12, 40, activation], products)).toBeLessThan(1e-5);
    });
  });

  it.each([
    [1, 1, 1, 1, 8],
    [2, 3, 3, 3, 8],
    [3, 2, 1, 17, 26], // one query for each example, heads of no multiple of 4
    [9, 2, 5, 5, 32],
    [2, 2, 128, 128, 16],
    [1, 1, 384, 384, 64],
  ])('attention of %d examples, %d heads, %d queries on %d, size %d', async (...numbers) => {
    expect(await difference('attention', numbers)).toBeLessThan(1e-5);
  });

  it.each([1, 3, 8, 26, 384])('layer normalisation over %d, with a residual and without', async (size) => {
    expect(await difference('layerNorm', [5, size])).toBeLessThan(1e-5);
  });

  it.each([
    [1, 1, 2],
    [2, 4, 13],
    [3, 5, 64],
  ])('embeddings, sums and copies of %d × %d rows of %d', async (...numbers) => {
    expect(await difference('rows', numbers)).toBeLessThan(1e-6);
  });

  it('says what it is, and how it computes products; where the processor plays the GPU, WebAssembly is chosen', async () => {
    expect(await page.call('descriptions')).toEqual([
      expect.stringMatching(/^WebGPU, .*swiftshader.*, plain products$/i),
      expect.stringMatching(/^WebGPU, .*swiftshader.*, tiled products$/i),
      expect.stringMatching(/^WebAssembly, 1 thread, (relaxed )?SIMD$/),
    ]);
  });

  it('tries which products are quicker', async () => {
    expect(['plain', 'tiled']).toContain(await page.call('tried'));
  });
});
