import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/**
 * Runs the first ```ts block of a README as a program of its own, in the README's folder, and compares what it
 * prints with what the block promises: each `console.log(...); // text` must print `text`, in that order.
 *
 * @returns the promised and the printed lines, for `expect(printed).toEqual(promised)`
 * @throws if there is no block, if it promises nothing, or if the program fails
 */
export async function runReadmeExample(readme: string): Promise<{ promised: string[]; printed: string[] }> {
  const code = /^```ts\n([\s\S]*?)^```/m.exec(await readFile(readme, 'utf8'))?.[1];
  if (code === undefined) throw new Error(`${readme}: no \`\`\`ts block`);
  const promised = [...code.matchAll(/console\.log\(.*\);? *\/\/ (.*)$/gm)].map((match) => match[1] ?? '');
  if (promised.length === 0) throw new Error(`${readme}: its example promises no output`);
  const file = join(dirname(readme), `.readme-example-${process.pid}.ts`);
  await writeFile(file, code);
  try {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const args = ['--conditions=@diffprune/source', '--import', tsx, file];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: dirname(readme),
      env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' },
    });
    return { promised, printed: stdout.trimEnd().split('\n') };
  } finally {
    await rm(file, { force: true });
  }
}
