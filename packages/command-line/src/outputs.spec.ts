import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { exitCode, InputError } from './errors.ts';
import { checkOutputFile, checkOutputFolder, type Inputs } from './outputs.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outputs-'));
  await mkdir(at('base'));
  await writeFile(at('base/model.safetensors'), 'weights');
  await writeFile(at('rows.tsv'), 'sentence\n');
});
afterEach(() => rm(folder, { recursive: true }));

const refused = async (check: Promise<void>, message: string): Promise<void> => {
  const error = await check.then(
    () => new Error('accepted'),
    (error: unknown) => error,
  );
  expect(String(error)).toContain(message);
  expect(exitCode(error)).toBe(2);
};

describe('checkOutputFile', () => {
  const check = (path: string, inputs: Inputs = {}) => checkOutputFile('--out', path, inputs);

  it('takes new files, files that are there, devices and pipes', async () => {
    await check(at('new.tsv'));
    await check(relative(process.cwd(), at('new.tsv')));
    await check(at('rows.tsv'), { '--file': at('base/model.safetensors'), '--base': 'bert-base-uncased' });
    await check('/dev/null', { '--file': '/dev/null' });
    execFileSync('mkfifo', [at('pipe')]);
    await check(at('pipe'));
  });

  it('refuses folders, and files in folders that are not there', async () => {
    await refused(check(at('base')), `--out: ${at('base')} is a folder; give it a file`);
    await refused(check(at('new/')), `is a folder`);
    await refused(check(at('none/x.tsv')), `there is no folder ${at('none')} for`);
    await refused(check(at('rows.tsv/x.tsv')), 'ENOTDIR');
    await refused(check(''), '--out is empty');
    await symlink(at('none/y.tsv'), at('nowhere'));
    await refused(check(at('nowhere')), `there is no folder ${at('none')} for`);
    await symlink('new.tsv', at('to-new'));
    await check(at('to-new'));
    await symlink(at('loop'), at('loop'));
    await refused(check(at('loop')), 'ELOOP');
  });

  it('refuses what is read, by whatever path', async () => {
    const message = 'is a file that --file reads; give it another';
    await symlink(folder, at('elsewhere'));
    await symlink(at('rows.tsv'), at('soft.tsv'));
    await link(at('rows.tsv'), at('hard.tsv'));
    const inputs = { '--file': at('rows.tsv'), '--base': at('base') };
    const paths = ['rows.tsv', 'base/../rows.tsv', 'elsewhere/rows.tsv', 'soft.tsv', 'hard.tsv'];
    for (const path of [
      ...paths.map((path) => `${folder}/${path}`),
      relative(process.cwd(), at('rows.tsv')),
    ]) {
      await expect(check(path, inputs)).rejects.toThrow(InputError);
      await refused(check(path, inputs), message);
    }
    await refused(check(at('base/model.safetensors'), inputs), 'is a file that --base reads');
  });
});

describe('checkOutputFolder', () => {
  const check = (path: string, inputs: Inputs = {}) => checkOutputFolder('--out', path, inputs);

  it('takes folders that are there or can be made', async () => {
    await check(at('a/b/c'));
    await check(at('base'), { '--diff': at('rows.tsv'), '--base': 'bert-base-uncased' });
    await check(relative(process.cwd(), at('a')));
  });

  it('refuses files, and the folders that are read', async () => {
    await refused(check(at('rows.tsv')), `--out: ${at('rows.tsv')} is a file; give it a folder`);
    await refused(check(at('rows.tsv/a/b')), 'ENOTDIR');
    await refused(check(''), '--out is empty');
    await symlink(at('base'), at('soft'));
    for (const path of [at('base'), at('soft'), `${folder}/base/../base/`]) {
      await refused(
        check(path, { '--base': at('base') }),
        'is the folder that --base reads; give it another',
      );
    }
  });
});
