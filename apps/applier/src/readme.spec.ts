import { fileURLToPath } from 'node:url';
import { runReadmeExample } from '@diffprune/testing';

it("runs the README's example", async () => {
  const { promised, printed } = await runReadmeExample(
    fileURLToPath(new URL('../README.md', import.meta.url)),
  );
  expect(printed).toEqual(promised);
});
