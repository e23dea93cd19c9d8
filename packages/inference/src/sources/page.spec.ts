import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeDiff } from '@diffprune/sparse-diff';
import { chromiumPath } from '@diffprune/testing/chromium';
import { build } from 'esbuild';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { readBase } from '../read-base.ts';
import { makeDiff, writeBase } from '../tiny-model.fixture.ts';
import { ModelServer, type Fault } from './model-server.fixture.ts';

/** What a page, and a worker of it, does. */
const script = `
  import { applyDiff, clearStore, droppedFiles, loadBase, ResidentBase, storedModels } from '../index.ts';

  const folder = () => navigator.storage.getDirectory().then((root) => root.getDirectoryHandle('diffprune'));
  const bytes = (numbers) => Uint8Array.from(numbers);
  const tasks = {
    async load(source, options = {}) {
      const notices = [];
      let progress;
      const told = { onNotice: (text) => notices.push(text), onProgress: (each) => (progress = each) };
      try {
        const base = await ResidentBase.load(source, { ...told, ...options });
        base.dispose();
        return { fingerprint: base.base.fingerprint, progress, notices };
      } catch ({ name, message }) {
        return { error: name + ': ' + message, notices };
      }
    },
    async inMemory(source) {
      return (await loadBase(source)).fingerprint;
    },
    loadFiles(files) {
      return tasks.load(Object.entries(files).map(([path, numbers]) => {
        const file = new File([bytes(numbers)], path.split('/').at(-1));
        return Object.defineProperty(file, 'webkitRelativePath', { value: path });
      }));
    },
    async loadPicked(files) {
      const root = await navigator.storage.getDirectory();
      const picked = await root.getDirectoryHandle('picked', { create: true });
      await picked.getDirectoryHandle('lower', { create: true });
      for (const [name, numbers] of Object.entries(files)) {
        const writable = await (await picked.getFileHandle(name, { create: true })).createWritable();
        await writable.write(bytes(numbers));
        await writable.close();
      }
      return tasks.load(picked);
    },
    async answers(source, diff) {
      const base = await ResidentBase.load(source);
      const task = await base.add(await fetch(diff));
      await base.add(diff, 'again');
      const answers = [await task.classify('a good film'), await base.task('again').classify('a good film')];
      base.dispose();
      return answers.map(({ probabilities }) => [...probabilities.values()]);
    },
    async kept() {
      const found = {};
      for await (const [name, handle] of (await folder()).entries()) {
        const file = await handle.getFile().catch(() => undefined); // one that has gone since it was listed
        if (file) found[name] = file.size;
      }
      return found;
    },
    async index() {
      return JSON.parse(await (await (await (await folder()).getFileHandle('index.json')).getFile()).text());
    },
    async overwrite(name, content) {
      const writable = await (await (await folder()).getFileHandle(name, { create: true })).createWritable();
      await writable.write(typeof content === 'string' ? content : bytes(content));
      await writable.close();
    },
    async read(name) {
      return [...new Uint8Array(await (await (await (await folder()).getFileHandle(name)).getFile()).arrayBuffer())];
    },
    models: () => storedModels(),
    clear: (source) => clearStore(source),
    refuse() {
      StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('not here', 'SecurityError'));
    },
  };

  if (typeof document === 'undefined') {
    onmessage = async ({ data: [id, task, args] }) => postMessage([id, await tasks[task](...args)]);
  } else {
    const worker = new Worker('/app/page.js', { type: 'module' });
    const waiting = new Map();
    worker.onmessage = ({ data: [id, result] }) => waiting.get(id)(result);
    worker.onerror = ({ message }) => console.error(message);
    let last = 0;
    globalThis.run = (where, task, ...args) => where === 'page' ? tasks[task](...args) : new Promise((resolve) => {
      waiting.set(++last, resolve);
      worker.postMessage([last, task, args]);
    });
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      globalThis.dropped = droppedFiles(event.dataTransfer).then(async (files) => ({
        paths: files.map(({ webkitRelativePath }) => webkitRelativePath).sort(),
        ...(await tasks.load(files)),
      }));
    });
  }`;

interface Loaded {
  readonly fingerprint?: string;
  readonly error?: string;
  readonly notices: readonly string[];
  readonly progress?: { readonly bytes: number; readonly totalBytes: number };
}

const here = fileURLToPath(new URL('.', import.meta.url));
const places = ['page', 'worker'] as const;
type Place = (typeof places)[number];

(chromiumPath ? describe : describe.skip)(
  `a page's sources and store${chromiumPath ? '' : ' (skipped: no Chromium)'}`,
  () => {
    let folder: string;
    let profile: string;
    let files: Record<string, Uint8Array>;
    let fingerprint: string;
    let context: BrowserContext;
    let page: Page;
    /** The page's own origin, and another. */
    let server: ModelServer;
    let hub: ModelServer;
    let address: string;
    let endpoint: string;

    beforeAll(async () => {
      folder = await writeBase();
      files = {};
      for (const name of await readdir(folder)) files[name] = await readFile(join(folder, name));
      fingerprint = (await readBase(folder)).fingerprint;
      const { outputFiles } = await build({
        ...{ bundle: true, format: 'esm', platform: 'browser', conditions: ['@diffprune/source'] },
        ...{ write: false, logLevel: 'silent', stdin: { contents: script, resolveDir: here, loader: 'js' } },
      } as const);
      server = new ModelServer(new Map(), 'owner/tiny', {});
      hub = new ModelServer(new Map());
      [address, endpoint] = [await server.start(), await hub.start()];
      profile = await mkdtemp(join(tmpdir(), 'profile-'));
      // The other origin is on this machine, too, which Chromium would ask the user about.
      const args = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'];
      context = await chromium.launchPersistentContext(profile, { executablePath: chromiumPath!, args });
      await context.route(`${address}/app/**`, (route) =>
        route.request().url().endsWith('.js')
          ? route.fulfill({ contentType: 'text/javascript', body: outputFiles[0]!.text })
          : route.fulfill({
              contentType: 'text/html',
              body: '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
            }),
      );
      page = await context.newPage();
    });
    afterAll(async () => {
      await context?.close();
      await Promise.all([server.stop(), hub.stop()]);
      await rm(profile, { recursive: true, force: true });
    });
    beforeEach(async () => {
      for (const each of [server, hub]) {
        each.files.clear();
        each.faults.clear();
        each.asked.length = 0;
      }
      put(server, 'models/tiny', files);
      put(hub, 'owner/tiny', files);
      put(hub, 'models/tiny', files);
      await open();
      await run('page', 'clear');
    });

    const put = (to: ModelServer, path: string, content: Readonly<Record<string, Uint8Array>>): void => {
      for (const [name, bytes] of Object.entries(content)) to.files.set(`${path}/${name}`, bytes);
    };
    const numbers = (prefix = '') =>
      Object.fromEntries(Object.entries(files).map(([name, bytes]) => [prefix + name, [...bytes]]));

    async function open(): Promise<void> {
      await page.goto(`${address}/app/`);
    }
    function run<Result>(where: Place, task: string, ...args: unknown[]): Promise<Result> {
      return page.evaluate<Result>(
        `run(${[where, task, ...args].map((each) => JSON.stringify(each)).join()})`,
      );
    }
    const load = (where: Place, source: string, options: object = {}): Promise<Loaded> =>
      run<Loaded>(where, 'load', source, options);
    const answered = (from: ModelServer): string[] => {
      const found = from.asked.map(({ path, status }) => `${path.split('/').at(-1)} ${status}`);
      from.asked.length = 0;
      return found.filter((each) => !each.endsWith('404'));
    };
    /** The stored files' sizes, without the index. */
    const sizes = async (): Promise<number[]> => {
      const { 'index.json': _, ...kept } = await run<Record<string, number>>('page', 'kept');
      return Object.values(kept).sort((a, b) => a - b);
    };
    const wholeSizes = () =>
      Object.values(files)
        .map(({ length }) => length)
        .sort((a, b) => a - b);
    const weights = 'model.safetensors';

    describe.each(places)('on the %s', (where) => {
      it('a base comes from chosen files, a picked folder and bytes in memory', async () => {
        expect((await run<Loaded>(where, 'loadFiles', numbers('tiny/'))).fingerprint).toBe(fingerprint);
        expect((await run<Loaded>(where, 'loadPicked', numbers())).fingerprint).toBe(fingerprint);
        expect(await load(where, '/models/tiny', { store: 'memory' })).toMatchObject({
          fingerprint,
          notices: [],
        });
        expect(await sizes()).toEqual([]);
      });

      it('a folder is kept, asked for again, and loaded without the server', async () => {
        const first = await load(where, '/models/tiny');
        const total = wholeSizes().reduce((a, b) => a + b);
        expect(first).toEqual({ fingerprint, notices: [], progress: expect.anything() });
        expect(first.progress).toMatchObject({ bytes: total, totalBytes: total });
        expect(answered(server).sort()).toEqual(
          Object.keys(files)
            .map((name) => `${name} 200`)
            .sort(),
        );
        expect(await sizes()).toEqual(wholeSizes());
        expect(await run('page', 'models')).toEqual([{ source: `${address}/models/tiny`, bytes: total }]);

        await open();
        expect(await load(where, '../models/tiny')).toMatchObject({ fingerprint, notices: [] });
        expect(answered(server).sort()).toEqual(
          Object.keys(files)
            .map((name) => `${name} 304`)
            .sort(),
        );

        const { port } = server;
        await server.stop();
        await open();
        const away = await load(where, '/models/tiny');
        expect(away.fingerprint).toBe(fingerprint);
        expect(away.notices.join()).toMatch(
          /^using what is kept of http.*\/models\/tiny: http.* cannot be had/,
        );
        expect((await load(where, '/models/other')).error).toMatch(/^SourceError: .*cannot be had/);
        await server.start(port);
      });

      it('a hub id is kept by its commit; a new commit takes the place of the old', async () => {
        expect(await load(where, 'owner/tiny', { endpoint })).toMatchObject({ fingerprint, notices: [] });
        expect(answered(hub)).toHaveLength(1 + Object.keys(files).length);
        expect(await load(where, 'owner/tiny', { endpoint })).toMatchObject({ fingerprint, notices: [] });
        expect(answered(hub)).toEqual(['main 200']);

        const commit = hub.commit;
        hub.commit = '2'.repeat(40);
        const other = await writeBase(2);
        hub.files.set(`owner/tiny/${weights}`, await readFile(join(other, weights)));
        const { fingerprint: changed } = await readBase(other);
        expect((await load(where, 'owner/tiny', { endpoint })).fingerprint).toBe(changed);
        expect(await sizes()).toEqual(wholeSizes());
        hub.commit = commit;

        const { port } = hub;
        await hub.stop();
        const away = await load(where, 'owner/tiny', { endpoint });
        expect(away.fingerprint).toBe(changed);
        expect(away.notices).toHaveLength(1);
        await hub.start(port);
      });

      it.each<[Fault, string]>([
        ['broken', 'cannot be had'],
        ['page', 'holds no weights'],
        ['gzipped', 'gzipped bytes came'],
        ['pointer', 'a Git LFS pointer came'],
        ['unavailable', 'status 503'],
        ['short', 'cut short'],
        ['wrong', 'SHA-256'],
      ])('%s weights are not kept', async (fault, message) => {
        server.faults.set(`models/tiny/${weights}`, fault);
        hub.faults.set(`owner/tiny/${weights}`, fault);
        // Only a hub says what a file's hash should be.
        const failed = fault === 'wrong' ? undefined : await load(where, '/models/tiny');
        if (failed) expect(failed.error).toContain(message);
        const tells: Partial<Record<Fault, string>> = {
          page: 'an HTML page came',
          short: 'bytes that were promised came',
        };
        expect((await load(where, 'owner/tiny', { endpoint })).error).toContain(tells[fault] ?? message);
        expect(await sizes()).toEqual(wholeSizes().filter((size) => size !== files[weights]!.length));
        server.faults.clear();
        hub.faults.clear();
        expect((await load(where, '/models/tiny')).fingerprint).toBe(fingerprint);
        expect((await load(where, 'owner/tiny', { endpoint })).fingerprint).toBe(fingerprint);
        expect(await sizes()).toEqual(wholeSizes());
      });

      it('a file that changed on the server is loaded anew, from another origin too', async () => {
        const other = await writeBase(2);
        const { fingerprint: changed } = await readBase(other);
        for (const [at, source] of [
          [server, '/models/tiny'],
          [hub, `${endpoint}/models/tiny`],
        ] as const) {
          expect((await load(where, source)).fingerprint).toBe(fingerprint);
          at.files.set(`models/tiny/${weights}`, await readFile(join(other, weights)));
          expect((await load(where, source)).fingerprint).toBe(changed);
          await run('page', 'clear');
          expect(await sizes()).toEqual([]);
        }
      });

      it('what was damaged in the store is fetched anew, and a damaged index is none', async () => {
        await load(where, '/models/tiny');
        answered(server);
        const { files: entries } = await run<{ files: Record<string, { hash: string }> }>('page', 'index');
        const hash = (name: string) => entries[`${address}/models/tiny/${name}`]!.hash;
        await run('page', 'overwrite', hash(weights), [...files[weights]!.subarray(0, 100)]);
        const vocabulary = await run<number[]>('page', 'read', hash('vocab.txt'));
        await run('page', 'overwrite', hash('vocab.txt'), vocabulary.with(-3, 65));
        expect(await load(where, '/models/tiny')).toMatchObject({ fingerprint, notices: [] });
        expect(answered(server).sort()).toEqual(
          ['config.json 304', `${weights} 304`, `${weights} 200`, 'vocab.txt 304', 'vocab.txt 200'].sort(),
        );
        expect(await sizes()).toEqual(wholeSizes());
        await run('page', 'overwrite', 'index.json', '{"version": 1, "fil');
        expect(await load(where, '/models/tiny')).toMatchObject({ fingerprint, notices: [] });
        expect(await sizes()).toEqual(wholeSizes());
      });

      it('the fingerprint is kept with the hashes of the files', async () => {
        await load(where, '/models/tiny');
        const index = await run<{ fingerprints: Record<string, string> }>('page', 'index');
        const [key] = Object.keys(index.fingerprints);
        expect(index.fingerprints).toEqual({ [key!]: fingerprint });
        index.fingerprints[key!] = 'f'.repeat(64);
        await run('page', 'overwrite', 'index.json', JSON.stringify(index));
        expect((await load(where, '/models/tiny')).fingerprint).toBe('f'.repeat(64));
      });

      it('without storage, or room in it, files are in memory alone, which is told', async () => {
        const session = await context.newCDPSession(page);
        await session.send('Storage.overrideQuotaForOrigin', { origin: address, quotaSize: 4000 });
        const full = await load(where, '/models/tiny');
        expect(full.fingerprint).toBe(fingerprint);
        expect(full.notices).toEqual([
          'files are not kept, and will come again the next time: there is no room for it',
        ]);
        await session.send('Storage.overrideQuotaForOrigin', { origin: address });
        expect(await sizes()).not.toContain(files[weights]!.length);
        await run(where, 'refuse');
        const refused = await load(where, '/models/tiny');
        expect(refused.fingerprint).toBe(fingerprint);
        expect(refused.notices).toEqual(['files are not kept, and will come again the next time: not here']);
      });
    });

    it('tabs that load the same at once do not harm each other', async () => {
      const tabs = await Promise.all([context.newPage(), context.newPage()]);
      for (const tab of tabs) await tab.goto(`${address}/app/`);
      for (let round = 0; round < 3; round++) {
        const all = [...tabs, page].flatMap((tab) =>
          places.map((where) => tab.evaluate<Loaded>(`run('${where}', 'load', '/models/tiny')`)),
        );
        for (const each of await Promise.all(all)) expect(each).toMatchObject({ fingerprint, notices: [] });
        expect(await sizes()).toEqual(wholeSizes());
        if (round === 1) await run('page', 'clear');
      }
      await Promise.all(tabs.map((tab) => tab.close()));
    });

    it('what a tab was writing when it was closed is removed', async () => {
      server.faults.set(`models/tiny/${weights}`, 'stalled');
      const tab = await context.newPage();
      await tab.goto(`${address}/app/`);
      await tab.evaluate(`void run('worker', 'load', '/models/tiny')`);
      while (!(await sizes()).includes(files[weights]!.length >> 1)) await page.waitForTimeout(20);
      await tab.close();
      server.faults.clear();
      await load('page', '/models/tiny');
      expect(await sizes()).toEqual(wholeSizes());
    });

    it('a folder may be dropped', async () => {
      await writeFile(join(folder, 'mine.sdiff'), 'a diff beside it');
      const session = await context.newCDPSession(page);
      const data = { items: [], files: [folder], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
        await session.send('Input.dispatchDragEvent', { type, x: 10, y: 10, data });
      }
      const dropped = await page.evaluate<Loaded & { paths: string[] }>('dropped');
      expect(dropped.fingerprint).toBe(fingerprint);
      const name = folder.split('/').at(-1)!;
      expect(dropped.paths).toEqual(
        [...Object.keys(files), 'mine.sdiff'].map((each) => `${name}/${each}`).sort(),
      );
    });

    it('diffs come by address and by answer, and answer as each other', async () => {
      server.files.set('mine.sdiff', encodeDiff(await makeDiff()).bytes);
      const [one, two] = await run<number[][]>('worker', 'answers', '/models/tiny', '/mine.sdiff');
      expect(one).toHaveLength(2);
      expect(two).toEqual(one);
      expect(await run('worker', 'inMemory', '/models/tiny')).toBe(fingerprint);
    });
  },
);
