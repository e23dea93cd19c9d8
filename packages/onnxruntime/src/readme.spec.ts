import { fileURLToPath } from 'node:url';
import { readmeTypeErrors, runReadmeExample } from '@diffprune/testing';

const readme = fileURLToPath(new URL('../README.md', import.meta.url));

it('the example of the README prints what it promises', async () => {
  const { promised, printed } = await runReadmeExample(readme);
  expect(printed).toEqual(promised);
});

it('the examples of the README compile strictly', async () => {
  expect(await readmeTypeErrors(readme)).toEqual([]);
});
