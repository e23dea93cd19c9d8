import { minifiedSizes } from './bundle.ts';

describe('the package', () => {
  it('is 30 kB minified, without the protobuf runtime', async () => {
    const sizes = await minifiedSizes();
    expect(Object.keys(sizes).sort()).toEqual(['index.js', 'sha256.js']);
    expect(sizes['index.js']).toBeLessThan(30_500);
    // Loaded only by pages that are not in a secure context.
    expect(sizes['sha256.js']).toBeLessThan(6_000);
  });
});
