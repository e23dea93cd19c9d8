import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createWorkshop, runCli, type Workshop } from './cli.fixture.ts';

/** The workshop's base and data as the cache of the Hugging Face hub holds them. */
async function fillCache({ folder, base, data }: Workshop): Promise<string> {
  const home = join(folder, 'hf-home');
  const commit = 'c'.repeat(40);
  const snapshot = async (repository: string): Promise<string> => {
    const path = join(home, 'hub', repository);
    await mkdir(join(path, 'refs'), { recursive: true });
    await writeFile(join(path, 'refs/main'), commit);
    return join(path, 'snapshots', commit);
  };
  await cp(base, await snapshot('models--owner--tiny'), { recursive: true });
  const records = join(await snapshot('datasets--owner--tasks'), 'opinion');
  await mkdir(records, { recursive: true });
  for (const [split, name] of [
    ['train', 'train-00000-of-00001.jsonl'],
    ['dev', 'validation-00000-of-00001.jsonl'],
  ] as const) {
    const [header, ...rows] = (await readFile(join(data, `${split}.tsv`), 'utf8')).trimEnd().split('\n');
    const columns = header!.split('\t');
    const json = rows.map((row) => {
      const fields = row.split('\t');
      return JSON.stringify(Object.fromEntries(columns.map((column, i) => [column, fields[i]])));
    });
    await writeFile(join(records, name), json.join('\n'));
  }
  return home;
}

describe('hub ids for --base and --data', () => {
  let workshop: Workshop;
  const before = { ...process.env };
  beforeAll(async () => {
    workshop = await createWorkshop();
    Object.assign(process.env, { HF_HOME: await fillCache(workshop), HF_HUB_OFFLINE: '1' });
    delete process.env['HF_HUB_CACHE'];
  });
  afterAll(async () => {
    process.env = before;
    await rm(workshop.folder, { recursive: true });
  });

  it('train the same diff as the folders', async () => {
    const short = ['--density', '0.01', '--max-steps', '2', '--max-length', '32'];
    const diffs: Buffer[] = [];
    for (const [name, base, data] of [
      ['by-folder', workshop.base, workshop.data],
      ['by-id', 'owner/tiny', 'owner/tasks@main'],
    ] as const) {
      const out = join(workshop.folder, name);
      const inputs = ['--task', 'opinion', '--base', base, '--data', data];
      const { code, stdout, stderr } = await runCli(['train', ...inputs, '--out', out, ...short]);
      expect({ code, stderr }).toEqual({ code: 0, stderr });
      expect(stdout).toContain(
        name === 'by-id' ? `--base owner/tiny --diff ${out}/opinion.sdiff --text 'a text'` : '--file',
      );
      diffs.push(await readFile(join(out, 'opinion.sdiff')));
    }
    expect(diffs[1]!.equals(diffs[0]!)).toBe(true);

    const inputs = ['--base', 'owner/tiny', '--data', 'owner/tasks'];
    const diff = join(workshop.folder, 'by-id/opinion.sdiff');
    const { code, stdout } = await runCli(['evaluate', ...inputs, '--diff', diff]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^dev: accuracy 0\.\d+/) });
  });

  it.each([
    ['--base', 'owner/none', 'HF_HUB_OFFLINE is set, and model owner/none is not in the cache'],
    ['--data', 'owner/none', 'HF_HUB_OFFLINE is set, and dataset owner/none is not in the cache'],
    ['--data', 'a/b/c', 'a/b/c: there is no such folder or file, nor is this a hub id'],
  ])('are refused where there is nothing: %s %s', async (flag, id, words) => {
    const out = join(workshop.folder, 'refused');
    const { code, stderr } = await runCli([...workshop.train, '--out', out, flag, id]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
  });
});
