import { fileURLToPath } from 'node:url';
import { runReadmeExample } from '@diffprune/testing';

it("the README's example prints what it says", async () => {
  const { promised, printed } = await runReadmeExample(
    fileURLToPath(new URL('../README.md', import.meta.url)),
  );
  expect(printed).toEqual(promised);
});
