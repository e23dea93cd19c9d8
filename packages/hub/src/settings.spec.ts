import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HubError } from './errors.ts';
import { completeSettings } from './settings.ts';

describe('completeSettings', () => {
  const before = { ...process.env };
  beforeEach(() => {
    for (const name of Object.keys(process.env)) {
      if (/^(HF_|HUGGING|XDG_|TRANSFORMERS_)|_proxy$/i.test(name)) delete process.env[name];
    }
  });
  const restore = (env: NodeJS.ProcessEnv): void => {
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
  };
  afterEach(() => restore(before));

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

  it("expands paths as Python's huggingface_hub does", async () => {
    const home = await mkdtemp(join(tmpdir(), 'hf-'));
    await mkdir(join(home, '.hf'));
    await writeFile(join(home, '.hf/token'), 'hf_kept');
    Object.assign(process.env, { HOME: home, WHERE: '.hf' });
    const cases: [Record<string, string>, string, string | undefined][] = [
      [{ HF_HOME: '~/.hf' }, `${home}/.hf/hub`, 'hf_kept'],
      [{ HF_HOME: '$HOME/$WHERE' }, `${home}/.hf/hub`, 'hf_kept'],
      [{ HF_HOME: '~/${WHERE}' }, `${home}/.hf/hub`, 'hf_kept'],
      [{ HF_HOME: '~' }, `${home}/hub`, undefined],
      [{ HF_HOME: '' }, `${home}/.cache/huggingface/hub`, undefined],
      [{ HF_HUB_CACHE: '~/cache', HF_TOKEN_PATH: '~/$WHERE/token' }, `${home}/cache`, 'hf_kept'],
      [{ HUGGINGFACE_HUB_CACHE: '${HOME}/older' }, `${home}/older`, undefined],
      [{ HUGGINGFACE_HUB_CACHE: '/older', HF_HUB_CACHE: '/newer' }, '/newer', undefined],
      [{ XDG_CACHE_HOME: '~/$WHERE' }, `${home}/.hf/huggingface/hub`, undefined],
      [{ HF_HUB_CACHE: '/a~/$MISSING/${MISSING}/$' }, '/a~/$MISSING/${MISSING}/$', undefined],
      [{ HF_HUB_CACHE: `~${userInfo().username}/cache` }, `${home}/cache`, undefined],
    ];
    for (const [variables, cacheFolder, token] of cases) {
      const before = { ...process.env };
      Object.assign(process.env, variables);
      expect(await completeSettings({})).toMatchObject({ cacheFolder, token });
      restore(before);
    }
    process.env['HF_HUB_CACHE'] = '~somebody-else/cache';
    await expect(completeSettings({})).rejects.toThrow(
      'HF_HUB_CACHE is ~somebody-else/cache: where somebody-else is at home is not known; give the whole path',
    );
  });

  it.each([
    ...['1', 'ON', 'yes', 'True'].map((value) => [{ TRANSFORMERS_OFFLINE: value }, true] as const),
    ...['0', 'off', '', '2'].map((value) => [{ TRANSFORMERS_OFFLINE: value }, false] as const),
    [{ HF_HUB_OFFLINE: 'Yes' }, true],
    [{ HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '1' }, false],
    [{ HF_HUB_OFFLINE: '', TRANSFORMERS_OFFLINE: '1' }, true],
  ] as const)('%j: offline is %s', async (variables, offline) => {
    Object.assign(process.env, variables);
    expect((await completeSettings({})).offline).toBe(offline);
  });

  it('sends no token that is not asked for', async () => {
    process.env['HUGGING_FACE_HUB_TOKEN'] = 'hf_older';
    expect((await completeSettings({})).token).toBe('hf_older');
    process.env['HF_HUB_DISABLE_IMPLICIT_TOKEN'] = '1';
    expect((await completeSettings({})).token).toBeUndefined();
    expect((await completeSettings({ token: 'hf_given' })).token).toBe('hf_given');
  });

  it.each([
    [{ HF_ENDPOINT: 'huggingface.co' }, 'HF_ENDPOINT must be an address such as https://huggingface.co'],
    [{ HF_ENDPOINT: 'https://me:secret@mirror.example' }, 'without a name or password in it'],
    [{ HF_TOKEN: 'hf_a hf_secret' }, 'holds characters that no token has'],
    [{ ALL_PROXY: 'socks5://127.0.0.1:1' }, 'ALL_PROXY must be the address of an HTTP proxy'],
  ])('refuses %j, and repeats no secret', async (variables, message) => {
    Object.assign(process.env, variables);
    await expect(completeSettings({})).rejects.toThrow(HubError);
    await expect(completeSettings({})).rejects.toThrow(message);
    await expect(completeSettings({})).rejects.not.toThrow('secret');
    expect(await completeSettings({ offline: true })).toMatchObject({ offline: true });
  });

  it('prefers what is given', async () => {
    Object.assign(process.env, { HF_ENDPOINT: 'https://a.example', HF_TOKEN: 'hf_a', HF_HUB_OFFLINE: '1' });
    const given = { cacheFolder: '/c', endpoint: 'https://b.example', token: 'hf_b', offline: false, fetch };
    expect(await completeSettings(given)).toEqual(given);
  });
});
