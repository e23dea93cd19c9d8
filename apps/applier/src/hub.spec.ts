import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyDiff, classify, loadBase } from '@diffprune/inference/node';
import { makeDiff, temporaryFolder, writeBase } from './tiny-model.fixture.ts';

describe('a base of the Hugging Face hub', () => {
  const before = { ...process.env };
  let home: string;
  let folder: string;
  beforeAll(async () => {
    home = await temporaryFolder();
    folder = await writeBase();
    Object.assign(process.env, { HF_HOME: home, HF_HUB_OFFLINE: '1' });
    delete process.env['HF_HUB_CACHE'];
  });
  afterAll(async () => {
    process.env = before;
    await rm(home, { recursive: true });
  });

  it('is not asked for where the hub must not be asked', async () => {
    await expect(loadBase('owner/tiny')).rejects.toThrow(
      'HF_HUB_OFFLINE is set, and model owner/tiny is not in the cache',
    );
  });

  it('predicts as its folder does', async () => {
    const repository = join(home, 'hub/models--owner--tiny');
    const commit = 'c'.repeat(40);
    await mkdir(join(repository, 'refs'), { recursive: true });
    await writeFile(join(repository, 'refs/main'), commit);
    await cp(folder, join(repository, 'snapshots', commit), { recursive: true });
    const [byId, byFolder] = await Promise.all([loadBase('owner/tiny'), loadBase(folder)]);
    expect(byId.fingerprint).toBe(byFolder.fingerprint);
    const diff = await makeDiff();
    const pair = { textA: 'the film was good', textB: 'great' };
    const answers = await Promise.all(
      [byId, byFolder].map(async (base) => classify(await applyDiff(base, diff), pair)),
    );
    expect(answers[0]).toEqual(answers[1]);
    await Promise.all([byId, byFolder].map(({ predictors }) => predictors.dispose()));
  });
});
