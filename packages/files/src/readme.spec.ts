import { fileURLToPath } from 'node:url';
import { runReadmeExample } from '@diffprune/testing';

it('the example of the README prints what it promises', async () => {
  const { promised, printed } = await runReadmeExample(
    fileURLToPath(new URL('../README.md', import.meta.url)),
  );
  expect(printed).toEqual(promised);
});
