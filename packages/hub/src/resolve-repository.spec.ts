import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  HubAccessError,
  HubCacheError,
  HubConnectionError,
  HubHashError,
  HubNotFoundError,
} from './errors.ts';
import { FakeHub } from './fake-hub.fixture.ts';
import { resolveRepository, type DownloadProgress, type ResolveOptions } from './resolve-repository.ts';

const id = 'owner/tiny-bert';
const weights = randomBytes(300_000);
const files = () =>
  new Map([
    ['.gitattributes', Buffer.from('*.bin lfs')],
    ['config.json', Buffer.from('{"model_type": "bert"}')],
    ['model.safetensors', weights],
    ['onnx/größe 1.txt', Buffer.from('with a folder, a space and an umlaut')],
    ['empty.txt', Buffer.alloc(0)],
  ]);
const needed = ['config.json', 'model.safetensors', 'onnx/größe 1.txt', 'empty.txt'];

let hub: FakeHub;
let settings: { endpoint: string; cacheFolder: string; token: string };
beforeEach(async () => {
  hub = new FakeHub(id, files());
  const cacheFolder = await mkdtemp(join(tmpdir(), 'hub-'));
  settings = { endpoint: await hub.start(), cacheFolder, token: 'hf_of_mine' };
});
afterEach(() => hub.stop());

const choose = (names: readonly string[]): string[] => needed.filter((name) => names.includes(name));
const get = (text = id, more: Partial<ResolveOptions> = {}): Promise<string> =>
  resolveRepository(text, { type: 'model', files: choose, offline: false, ...settings, ...more });
const repository = () => join(settings.cacheFolder, 'models--owner--tiny-bert');
const downloads = () => hub.asked.filter(({ path }) => path.startsWith('/cdn/'));

/** Another program that gets the repository. */
function start(): { child: ChildProcess; done: Promise<string> } {
  const module = JSON.stringify(new URL('resolve-repository.ts', import.meta.url).href);
  const options = JSON.stringify({ type: 'model', offline: false, ...settings });
  const program = `
    import { resolveRepository } from ${module};
    const files = (names) => ${JSON.stringify(needed)}.filter((name) => names.includes(name));
    process.stdout.write(await resolveRepository('${id}', { ...${options}, files }));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, done: new Promise((resolve) => child.on('close', () => resolve(text))) };
}

/** Does something as a user who may not write in a folder, which root may whatever the folder's mode. */
async function asReader(folder: string, work: () => Promise<void>): Promise<void> {
  const below = await readdir(folder, { recursive: true });
  const paths = [folder, ...below.map((name) => join(folder, name))];
  const mode = async (bits: number): Promise<void> => {
    for (const path of paths) if ((await lstat(path)).isDirectory()) await chmod(path, bits);
  };
  const root = process.geteuid?.() === 0;
  await mode(0o555);
  if (root) process.seteuid!(65534);
  try {
    await work();
  } finally {
    if (root) process.seteuid!(0);
    await mode(0o755);
  }
}

async function expectComplete(folder: string): Promise<void> {
  expect(folder).toBe(join(repository(), 'snapshots', hub.commit));
  for (const name of needed) {
    expect((await readFile(join(folder, name))).equals(hub.files.get(name)!)).toBe(true);
  }
  const blobs = await readdir(join(repository(), 'blobs'));
  expect(blobs.sort()).toEqual(needed.map((name) => hub.hash(name)).sort());
}

describe('a download', () => {
  it('brings the needed files into the layout of the Hugging Face cache, with progress', async () => {
    const progress: DownloadProgress[] = [];
    const folder = await get(id, { onProgress: (event) => progress.push(event) });
    await expectComplete(folder);
    const link = join(folder, 'model.safetensors');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    const sha256 = createHash('sha256').update(weights).digest('hex');
    expect(await readlink(link)).toBe(`../../blobs/${sha256}`);
    expect(await readFile(join(repository(), 'refs/main'), 'utf8')).toBe(hub.commit);
    await expect(stat(join(folder, '.gitattributes'))).rejects.toThrow('ENOENT');

    const totalBytes = needed.reduce((sum, name) => sum + hub.files.get(name)!.length, 0);
    expect(progress.at(-1)).toEqual({ file: 'empty.txt', bytes: totalBytes, totalBytes });
    const bytes = progress.map((event) => event.bytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  });

  it('shows the token to the hub alone', async () => {
    await get();
    for (const { path, authorization } of hub.asked) {
      expect(authorization).toBe(path.startsWith('/cdn/') ? undefined : 'Bearer hf_of_mine');
    }
  });

  it.each(['pagesHost', 'moved'] as const)(
    'does not show it to another host that the hub names (%s)',
    async (way) => {
      if (way === 'moved') hub.moved = true;
      else hub.pagesHost = 'localhost';
      await expectComplete(await get());
      const elsewhere = hub.asked.filter(({ host }) => host?.startsWith('localhost'));
      expect(elsewhere.map(({ path }) => path)).toContainEqual(expect.stringContaining('/tree/'));
      for (const { authorization } of elsewhere) expect(authorization).toBeUndefined();
    },
  );

  it('takes a revision, and keeps it apart', async () => {
    await expectComplete(await get(`${id}@refs/pr/2`));
    expect(await readFile(join(repository(), 'refs/refs/pr/2'), 'utf8')).toBe(hub.commit);
    await expectComplete(await get(`${id}@${hub.commit}`, { offline: true }));
  });

  it('may be made by several at once', async () => {
    hub.breakAfter = 150_000;
    const folders = await Promise.all([get(), get(), get()]);
    for (const folder of folders) await expectComplete(folder);
  });

  it('may be made by several programs at once, of which one is killed', async () => {
    hub.slowly = true;
    const first = start();
    while (downloads().length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    first.child.kill('SIGKILL');
    await first.done;
    hub.slowly = false;
    const others = [start(), start(), start()];
    for (const { done } of others) await expectComplete(await done);
  }, 60_000);

  it('reads data sets from where the hub has them', async () => {
    await expect(get(id, { type: 'dataset' })).rejects.toThrow(HubNotFoundError); // the fake one has a model only
    expect(hub.asked.map(({ path }) => path)).toContain(`/datasets/${id}/resolve/${hub.commit}/config.json`);
  });
});

describe('an interrupted download', () => {
  it('is taken up again at the byte where it broke off, as long as bytes come', async () => {
    hub.breakAfter = 120_000;
    await expectComplete(await get());
    const ranges = downloads().filter(({ path }) => path.endsWith('safetensors'));
    expect(ranges).toHaveLength(3);
    const starts = ranges.slice(1).map(({ range }) => Number(/bytes=(\d+)-/.exec(range!)![1]));
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0]!);
  });

  it('leaves no snapshot, and is resumed by the next call', async () => {
    hub.breakAfter = 0;
    const incomplete = join(repository(), 'blobs', `${hub.hash('model.safetensors')}.partial`);
    await mkdir(join(repository(), 'blobs'), { recursive: true });
    await writeFile(incomplete, weights.subarray(0, 100_000));
    hub.files.delete('config.json');
    await expect(get()).rejects.toThrow(HubConnectionError);
    await expect(get()).rejects.toThrow(
      /model.safetensors stopped at 100000 of 300000 bytes .* go on from there/,
    );
    expect((await stat(incomplete)).size).toBe(100_000);
    await expect(readdir(join(repository(), 'snapshots'))).rejects.toThrow('ENOENT');
    await expect(get(id, { offline: true })).rejects.toThrow('not in the cache');

    hub.breakAfter = Infinity;
    hub.files.set('config.json', files().get('config.json')!);
    hub.asked.length = 0;
    await expectComplete(await get());
    expect(downloads().map(({ range }) => range)).toContain('bytes=100000-');
  });

  it('begins anew where the server knows no parts of files', async () => {
    await mkdir(join(repository(), 'blobs'), { recursive: true });
    const incomplete = join(repository(), 'blobs', `${hub.hash('model.safetensors')}.partial`);
    await writeFile(incomplete, weights.subarray(0, 100_000));
    hub.ranges = false;
    await expectComplete(await get());
  });

  it('is not confused by an incomplete file that is too long, or already whole', async () => {
    await mkdir(join(repository(), 'blobs'), { recursive: true });
    const incomplete = join(repository(), 'blobs', `${hub.hash('model.safetensors')}.partial`);
    await writeFile(incomplete, Buffer.alloc(400_000));
    await expectComplete(await get());
    await rm(repository(), { recursive: true });
    await mkdir(join(repository(), 'blobs'), { recursive: true });
    await writeFile(incomplete, weights);
    await expectComplete(await get());
  });
});

describe('the cache', () => {
  it('serves a second call without any download', async () => {
    const folder = await get();
    hub.asked.length = 0;
    expect(await get()).toBe(folder);
    expect(downloads()).toEqual([]);
  });

  it('downloads only what changed with a new commit', async () => {
    const first = await get();
    hub.commit = '2'.repeat(40);
    hub.files.set('config.json', Buffer.from('{"model_type": "bert", "hidden_size": 8}'));
    hub.asked.length = 0;
    const second = await get();
    expect(downloads().map(({ path }) => path)).toEqual(['/cdn/config.json']);
    expect(await readFile(join(second, 'config.json'), 'utf8')).toContain('hidden_size');
    expect(await readFile(join(first, 'config.json'), 'utf8')).not.toContain('hidden_size');
    expect(await get(id, { offline: true })).toBe(second);
  });

  it('is used without a network, and says so', async () => {
    const folder = await get();
    await hub.stop();
    const notices: string[] = [];
    expect(await get(id, { onNotice: (text) => notices.push(text) })).toBe(folder);
    expect(notices).toEqual([
      expect.stringMatching(
        /^using the copy of model owner\/tiny-bert in the cache: .* cannot be reached \(.+\)$/,
      ),
    ]);
  });

  it('is used while the hub is in trouble, or something else answers in its place', async () => {
    const folder = await get();
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    hub.status = 503;
    expect(await get(id, { onNotice })).toBe(folder);
    const login = () => Promise.resolve(new Response('<html>log in to the network'));
    expect(await get(id, { onNotice, fetch: login })).toBe(folder);
    expect(notices).toEqual([
      expect.stringContaining('answered with status 503'),
      expect.stringContaining('gave no usable answer'),
    ]);
  });

  it('is used alone where the hub must not be asked', async () => {
    const folder = await get();
    hub.asked.length = 0;
    expect(await get(id, { offline: true })).toBe(folder);
    expect(hub.asked).toEqual([]);
    await expect(get('owner/other', { offline: true })).rejects.toThrow(
      /HF_HUB_OFFLINE is set, and model owner\/other is not in the cache .* unset it \(and TRANSFORMERS_OFFLINE\) to download, or give a folder/,
    );
  });

  it('that holds nothing is no help', async () => {
    await hub.stop();
    await expect(get()).rejects.toThrow(HubConnectionError);
    await expect(get()).rejects.toThrow(/cannot be reached .* model owner\/tiny-bert is not in the cache/);
  });

  it('that can only be read serves all that is in it', async () => {
    const folder = await get();
    hub.asked.length = 0;
    await asReader(settings.cacheFolder, async () => {
      expect(await get()).toBe(folder);
      // A new commit that changes other files is another name for the same.
      hub.commit = '2'.repeat(40);
      hub.files.set('.gitattributes', Buffer.from('*.safetensors lfs'));
      expect(await get()).toBe(folder);
      expect(downloads()).toEqual([]);
      hub.files.set('config.json', Buffer.from('{"model_type": "bert", "hidden_size": 8}'));
      await expect(get()).rejects.toThrow(HubCacheError);
      await expect(get()).rejects.toThrow(
        /the cache cannot be written \(.*permission denied.*\): set HF_HUB_CACHE to a folder that can, or HF_HUB_OFFLINE=1/,
      );
      expect(await get(id, { offline: true })).toBe(folder);
    });
  });

  it('is not written to where it holds all', async () => {
    await get();
    const ref = join(repository(), 'refs/main');
    await utimes(ref, 1, 1);
    const before = await readdir(repository(), { recursive: true });
    await get();
    expect((await stat(ref)).mtimeMs).toBe(1000);
    expect(await readdir(repository(), { recursive: true })).toEqual(before);
  });

  it("may hold files that Python's huggingface_hub placed without links", async () => {
    const snapshot = join(repository(), 'snapshots', hub.commit);
    for (const name of needed) {
      await mkdir(dirname(join(snapshot, name)), { recursive: true });
      await writeFile(join(snapshot, name), hub.files.get(name)!);
    }
    expect(await get()).toBe(snapshot);
    expect(downloads()).toEqual([]);
    await truncate(join(snapshot, 'config.json'), 3);
    expect(await get()).toBe(snapshot);
    expect(await readFile(join(snapshot, 'config.json'))).toEqual(hub.files.get('config.json'));
    expect(downloads()).toHaveLength(1);
  });

  it("leaves what Python's huggingface_hub is downloading alone", async () => {
    await mkdir(join(repository(), 'blobs'), { recursive: true });
    const theirs = join(repository(), 'blobs', `${hub.hash('model.safetensors')}.incomplete`);
    await writeFile(theirs, 'theirs');
    await get();
    expect(await readFile(theirs, 'utf8')).toBe('theirs');
  });

  it('repairs a file that was cut short', async () => {
    const folder = await get();
    await truncate(join(repository(), 'blobs', hub.hash('model.safetensors')), 1000);
    expect((await stat(join(folder, 'model.safetensors'))).size).toBe(1000);
    await expectComplete(await get());
  });

  it('repairs a file that was removed from it', async () => {
    const folder = await get();
    await rm(join(repository(), 'blobs', hub.hash('config.json')));
    await expect(readFile(join(folder, 'config.json'))).rejects.toThrow('ENOENT');
    await expectComplete(await get());
  });
});

describe('what cannot be had', () => {
  it('is told apart: repository, revision, file', async () => {
    await expect(get('owner/other')).rejects.toMatchObject({
      name: 'HubNotFoundError',
      what: 'repository',
      message: `there is no model owner/other on ${settings.endpoint}, nor a folder of that name`,
    });
    await expect(get(`${id}@v2`)).rejects.toMatchObject({
      what: 'revision',
      message: `model ${id} has no revision "v2"; see ${settings.endpoint}/${id}`,
    });
    await expect(get(id, { files: () => [] })).rejects.toMatchObject({
      what: 'file',
      message: `model ${id} lacks files that are needed; it holds ${[...hub.files.keys()].join(', ')}`,
    });
    await expect(get('./nowhere')).rejects.toMatchObject({ what: 'path' });
    expect(await readdir(settings.cacheFolder)).toEqual([]);
  });

  it('a file that is not what the listing says is deleted', async () => {
    for (const damaged of [Buffer.from(weights), Buffer.concat([weights, Buffer.of(1)])]) {
      damaged[7]! ^= 1;
      hub.sent.set('model.safetensors', damaged);
      await expect(get()).rejects.toThrow(HubHashError);
      await expect(get()).rejects.toThrow(/model.safetensors is not the file that the hub lists .* deleted/);
      expect(await readdir(join(repository(), 'blobs'))).toEqual([hub.hash('config.json')]);
      await expect(readdir(join(repository(), 'snapshots'))).rejects.toThrow('ENOENT');
    }
    hub.sent.set('config.json', Buffer.from('{"model_type": "tree"}'));
    await truncate(join(repository(), 'blobs', hub.hash('config.json')));
    await rm(repository(), { recursive: true });
    await expect(get()).rejects.toThrow(/config.json is not the file/);
    hub.sent.clear();
    await expectComplete(await get());
  });

  it('a protected repository asks for a token', async () => {
    hub.token = 'hf_of_another';
    await expect(get()).rejects.toThrow(HubAccessError);
    await expect(get()).rejects.toThrow(/or it is private: .* HF_TOKEN must be a token with access/);
    await expect(get(id, { token: '' })).rejects.toThrow(/or it is private: .* set HF_TOKEN to a token with/);
    hub.gated = true;
    await expect(get()).rejects.toThrow(
      `accept them at ${settings.endpoint}/${id}, and set HF_TOKEN to a token of yours`,
    );
    hub.gated = false;
    await expectComplete(await get(id, { token: 'hf_of_another' }));
  });

  it('a listing that would write outside the cache is refused', async () => {
    for (const name of ['../outside', '/etc/outside', 'a/../../outside', 'a\\..\\outside', 'C:outside']) {
      hub.files.set(name, Buffer.from('x'));
      await expect(get(id, { files: (names) => names })).rejects.toThrow(/gave no usable answer .*outside/);
      hub.files.delete(name);
    }
    const endless = (url: URL) =>
      Promise.resolve(
        url.pathname.includes('/revision/')
          ? Response.json({ id, sha: hub.commit, lastModified: '2020-01-01' })
          : Response.json([], { headers: { link: `<${url.href}>; rel="next"` } }),
      );
    await expect(get(id, { fetch: endless as unknown as typeof fetch })).rejects.toThrow(
      'gave no usable answer (a listing of more than 1000 pages)',
    );
    hub.commit = '../../..';
    await expect(get()).rejects.toThrow(/gave no usable answer .* is no commit/);
  });
});

it('a path that exists wins', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hub-'));
  expect(await get(folder)).toBe(folder);
  expect(await get('src')).toBe('src');
  expect(await get('package.json')).toBe('package.json');
  expect(hub.asked).toEqual([]);
});
