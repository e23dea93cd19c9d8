import { fileURLToPath } from 'node:url';
import { runReadmeExample } from '@diffprune/testing';

describe('the README', () => {
  it('has an example that prints what it says', async () => {
    const { promised, printed } = await runReadmeExample(
      fileURLToPath(new URL('../README.md', import.meta.url)),
    );
    expect(printed).toEqual(promised);
  });
});
