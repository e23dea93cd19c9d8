import { fileURLToPath } from 'node:url';
import { readmeTypeErrors, runReadmeExample } from './readme-example.ts';

/**
 * The tests of a package's README: its example prints what it promises, and compiles strictly.
 *
 * @param spec `import.meta.url` of the calling spec, which lies in the package's `src`
 */
export function testReadme(spec: string): void {
  const readme = fileURLToPath(new URL('../README.md', spec));

  it('the example of the README prints what it promises', async () => {
    const { promised, printed } = await runReadmeExample(readme);
    expect(printed).toEqual(promised);
  });

  it('the examples of the README compile strictly', async () => {
    expect(await readmeTypeErrors(readme)).toEqual([]);
  });
}
