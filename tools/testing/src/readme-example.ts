import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

/** The TypeScript of a README, and what it should print. */
export interface ReadmeExample {
  /** The ```ts blocks, which are one program. */
  readonly code: string;
  /** Each `console.log(...); // text` must print `text`, in that order. */
  readonly promised: readonly string[];
}

/** @throws if there is no block */
export async function readmeExample(readme: string): Promise<ReadmeExample> {
  const blocks = [...(await readFile(readme, 'utf8')).matchAll(/^```ts\n([\s\S]*?)^```/gm)];
  if (blocks.length === 0) throw new Error(`${readme}: no \`\`\`ts block`);
  const code = blocks.map(([, block]) => block).join('\n');
  const promised = [...code.matchAll(/console\.log\(.*\);? *\/\/ (.*)$/gm)].map((match) => match[1] ?? '');
  return { code, promised };
}

/**
 * Runs the ```ts blocks of a README as a program of its own, in the README's folder, and compares what it prints with
 * what they promise.
 *
 * @returns the promised and the printed lines, for `expect(printed).toEqual(promised)`
 * @throws if there is no block, if none promises anything, or if the program fails
 */
export async function runReadmeExample(
  readme: string,
): Promise<{ promised: readonly string[]; printed: string[] }> {
  const { code, promised } = await readmeExample(readme);
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

/**
 * What TypeScript finds wrong in the ```ts blocks of a README, and in the sources that they import, compiled strictly.
 *
 * @returns the compiler's messages, each with its line in the program of the blocks; none where all is well
 * @throws if there is no block
 */
export async function readmeTypeErrors(readme: string): Promise<string[]> {
  const { code } = await readmeExample(readme);
  const file = join(dirname(readme), 'readme-example.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    customConditions: ['@diffprune/source'],
    allowImportingTsExtensions: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: read } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? code : read(name));
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options, host)).map((found) => {
    const at =
      found.file &&
      `${found.file.fileName}:${(found.file.text.slice(0, found.start).match(/\n/g)?.length ?? 0) + 1}: `;
    return `${at ?? ''}${ts.flattenDiagnosticMessageText(found.messageText, '\n')}`;
  });
}
