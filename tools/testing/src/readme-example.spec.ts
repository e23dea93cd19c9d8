import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runReadmeExample } from './readme-example.ts';

describe('runReadmeExample', () => {
  async function readme(text: string): Promise<string> {
    const file = join(await mkdtemp(join(tmpdir(), 'readme-')), 'README.md');
    await writeFile(file, text);
    return file;
  }

  it('returns what the block promises and what it prints', async () => {
    const file = await readme(
      '# x\n\n```ts\nconst a: number = 1;\nconsole.log(a + 1); // 2\nconsole.log("b"); // c\n```\n',
    );
    expect(await runReadmeExample(file)).toEqual({ promised: ['2', 'c'], printed: ['2', 'b'] });
  });

  it('refuses a README whose example promises nothing', async () => {
    await expect(readme('```ts\nlet a = 1;\n```\n').then(runReadmeExample)).rejects.toThrow(
      'promises no output',
    );
  });
});
