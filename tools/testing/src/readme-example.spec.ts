import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readmeTypeErrors, runReadmeExample } from './readme-example.ts';

async function readme(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'readme-')), 'README.md');
  await writeFile(file, text);
  return file;
}

describe('runReadmeExample', () => {
  it('returns what the blocks promise and what they print', async () => {
    const file = await readme(
      '# x\n\n```ts\nconst a: number = 1;\nconsole.log(a + 1); // 2\n```\n\n```ts\nconsole.log("b"); // c\n```\n',
    );
    expect(await runReadmeExample(file)).toEqual({ promised: ['2', 'c'], printed: ['2', 'b'] });
  });

  it('refuses a README whose example promises nothing', async () => {
    await expect(readme('```ts\nlet a = 1;\n```\n').then(runReadmeExample)).rejects.toThrow(
      'promises no output',
    );
  });
});

describe('readmeTypeErrors', () => {
  it('is empty for a program of blocks that compiles strictly', async () => {
    const file = await readme(
      '```ts\nconst a: number = 1;\n```\n```sh\nno\n```\n```ts\nconsole.log(a);\n```\n',
    );
    expect(await readmeTypeErrors(file)).toEqual([]);
  });

  it('names line and fault, of strict mode too', async () => {
    const file = await readme('```ts\nconst first = [1].at(0);\nconsole.log(first.toFixed());\n```\n');
    expect(await readmeTypeErrors(file)).toEqual([
      expect.stringMatching(/readme-example\.ts:2: 'first' is possibly 'undefined'/),
    ]);
  });

  it('refuses a README without a block', async () => {
    await expect(readme('# x\n').then(readmeTypeErrors)).rejects.toThrow('no ```ts block');
  });
});
