import { fileURLToPath } from 'node:url';
import { runReadmeExample } from '@diffprune/testing';

it('the example of the README prints what it promises', async () => {
  const readme = fileURLToPath(new URL('../README.md', import.meta.url));
  const { promised, printed } = await runReadmeExample(readme);
  expect(printed).toEqual(promised);
});
