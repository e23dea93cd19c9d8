import { mkdtemp, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeSettings } from './settings.ts';

describe('completeSettings', () => {
  const before = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) {
      if (/^(HF_|HUGGINGFACE_|XDG_)/.test(name)) delete process.env[name];
    }
  });
  afterEach(() => {
    process.env = { ...before };
  });

  it("has the defaults of Hugging Face's own libraries", async () => {
    process.env['HF_TOKEN_PATH'] = '/nowhere';
    expect(await completeSettings({})).toEqual({
      cacheFolder: join(homedir(), '.cache/huggingface/hub'),
      endpoint: 'https://huggingface.co',
      token: undefined,
      offline: false,
      fetch,
    });
  });

  it('heeds the environment', async () => {
    const home = await mkdtemp(join(tmpdir(), 'hf-'));
    await writeFile(join(home, 'token'), 'hf_kept\n');
    Object.assign(process.env, {
      HF_HOME: home,
      HF_ENDPOINT: 'https://mirror.example/',
      HF_HUB_OFFLINE: '1',
    });
    expect(await completeSettings({})).toMatchObject({
      cacheFolder: join(home, 'hub'),
      endpoint: 'https://mirror.example',
      token: 'hf_kept',
      offline: true,
    });
    Object.assign(process.env, { HF_TOKEN: 'hf_said', HF_HUB_CACHE: '/cache', HF_HUB_OFFLINE: '0' });
    expect(await completeSettings({})).toMatchObject({
      cacheFolder: '/cache',
      token: 'hf_said',
      offline: false,
    });
    process.env['XDG_CACHE_HOME'] = home;
    delete process.env['HF_HOME'];
    delete process.env['HF_HUB_CACHE'];
    expect((await completeSettings({})).cacheFolder).toBe(join(home, 'huggingface/hub'));
  });

  it('prefers what is given', async () => {
    Object.assign(process.env, { HF_ENDPOINT: 'https://a.example', HF_TOKEN: 'hf_a', HF_HUB_OFFLINE: '1' });
    const given = { cacheFolder: '/c', endpoint: 'https://b.example', token: 'hf_b', offline: false, fetch };
    expect(await completeSettings(given)).toEqual(given);
  });
});
