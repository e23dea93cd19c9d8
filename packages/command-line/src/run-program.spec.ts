import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const source = `
import { appendFileSync } from 'node:fs';
import { Command } from 'commander';
import { InputError, parseCount, runProgram } from '@diffprune/command-line';
const program = new Command('tool').option('--rows <number>', 'rows', parseCount);
program.command('fail').argument('<kind>').action((kind) => {
  throw kind === 'input' ? new InputError('no such row') : new Error('a wheel came off');
});
program.command('print').action(() => {
  for (let i = 0; i < 100_000; i++) process.stdout.write('a line of text\\n');
});
program.command('write').argument('<file>').action((file) => appendFileSync(file, 'a line of text\\n'.repeat(100_000)));
await runProgram(program);
`;

describe('runProgram', () => {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  let folder: string;
  const node = ['--conditions=@diffprune/source', '--import', tsx];
  const run = (args: string[], environment: NodeJS.ProcessEnv = {}) => {
    const env = { ...process.env, NODE_OPTIONS: '', ...environment };
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...node, join(folder, 'tool.ts'), ...args],
      { env, encoding: 'utf8' },
    );
    return { status, stdout, stderr };
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(here, '.tool-')); // inside the package, so that its imports resolve
    await writeFile(join(folder, 'tool.ts'), source);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('ends with 2 and a message for input, with 1 for anything else', () => {
    expect(run(['fail', 'input'])).toEqual({ status: 2, stdout: '', stderr: 'error: no such row\n' });
    expect(run(['fail', 'other'])).toEqual({ status: 1, stdout: '', stderr: 'error: a wheel came off\n' });
    const { stderr } = run(['fail', 'other'], { DIFFPRUNE_DEBUG: '1' });
    expect(stderr).toMatch(/^error: a wheel came off\nError: a wheel came off\n +at /);
  });

  it('ends with 2 for options that are wrong, with 0 for help', () => {
    const { status, stderr } = run(['--rows', 'many']);
    expect(status).toBe(2);
    expect(stderr).toContain("argument 'many' is invalid. Expected a whole number of at least 1.");
    expect(stderr).toContain('(--help shows the options)');
    expect(run(['--help'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('goes on where nobody reads the output any more', () => {
    const command = `"${process.execPath}" ${node.join(' ')} "${join(folder, 'tool.ts')}" print | head -n 1`;
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      env,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'a line of text\n', stderr: '' });
  });

  it.each([
    ['write /dev/stdout | head -n 1', 0, 'a line of text\n', ''],
    ['print > /dev/full', 2, '', 'error: standard output: the disk is full\n'],
    ['fail input 2> /dev/full', 2, '', ''],
  ])('ends without a stack trace where the output cannot be written: %s', (args, ...outcome) => {
    const command = `"${process.execPath}" ${node.join(' ')} "${join(folder, 'tool.ts')}" ${args}`;
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      env,
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual(outcome);
  });
});
