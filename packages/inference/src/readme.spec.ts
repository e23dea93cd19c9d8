import { fileURLToPath } from 'node:url';
import { readmeTypeErrors, testReadme } from '@diffprune/testing';

testReadme(import.meta.url);

it("the workspace's README compiles strictly", async () => {
  const workspace = fileURLToPath(new URL('../../../README.md', import.meta.url));
  expect(await readmeTypeErrors(workspace)).toEqual([]);
});
