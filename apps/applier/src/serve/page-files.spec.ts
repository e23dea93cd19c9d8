import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { writeBase } from '../tiny-model.fixture.ts';
import { pageFiles } from './page-files.ts';

let app: Hono;
let base: string;
const tasks = [{ name: 'film' }];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  const [page, diffs] = [join(folder, 'page'), join(folder, 'diffs')];
  base = await writeBase();
  await writeFile(join(base, 'secret.txt'), 'secret');
  await mkdir(join(page, 'assets'), { recursive: true });
  await mkdir(diffs);
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(page, 'index.html'), '<p>page</p>');
  await writeFile(join(page, 'service-worker.js'), 'worker');
  await writeFile(join(page, 'models.json'), 'the samples');
  await writeFile(join(page, 'assets/main-1a2b.js'), 'script');
  await writeFile(join(diffs, 'film.sdiff'), 'film');
  await writeFile(join(diffs, 'other.sdiff'), 'other');
  app = await pageFiles({ tasks } as never, { page, base, name: 'tiny', diffs });
});

it.each([
  ['/', '<p>page</p>', 'text/html; charset=utf-8', 'no-cache'],
  ['/index.html', '<p>page</p>', 'text/html; charset=utf-8', 'no-cache'],
  ['/service-worker.js', 'worker', 'text/javascript; charset=utf-8', 'no-cache'],
  ['/assets/main-1a2b.js', 'script', 'text/javascript; charset=utf-8', 'max-age=31536000, immutable'],
  ['/models/diffs/film.sdiff', 'film', 'application/octet-stream', 'no-cache'],
])('%s is served, isolated, with its type and how long it may be kept', async (path, text, type, keep) => {
  const response = await app.request(path);
  expect([response.status, await response.text()]).toEqual([200, text]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': type,
    'cache-control': keep,
    'content-length': String(text.length),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  const again = await app.request(path, { headers: { 'if-none-match': response.headers.get('etag')! } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

it('says what the page starts with: the files of the base, and the tasks that there are now', async () => {
  const models = async () => (await app.request('/models.json')).json();
  const files = ['config.json', 'vocab.txt', 'model.safetensors'];
  const film = { name: 'film', url: 'models/diffs/film.sdiff' };
  expect(await models()).toEqual({ base: { name: 'tiny', url: 'models/base/', files }, diffs: [film] });
  for (const file of files) {
    const response = await app.request(`/models/base/${file}`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(await readFile(join(base, file)));
  }
  tasks.push({ name: 'other' });
  expect(((await models()) as { diffs: unknown[] }).diffs).toEqual([
    film,
    { name: 'other', url: 'models/diffs/other.sdiff' },
  ]);
  expect((await app.request('/models/diffs/other.sdiff')).status).toBe(200);
  tasks.pop();
  expect((await app.request('/models/diffs/other.sdiff')).status).toBe(404);
});

it.each([
  '/models/base/secret.txt',
  '/models/base/..%2fsecret.txt',
  '/models/base/%2e%2e/secret.txt',
  '/models/diffs/..%2f..%2fsecret.txt',
  '/models/diffs/film.sdiff%00',
  '/assets/..%2f..%2fsecret.txt',
  '/assets/../../secret.txt',
  '/..%5csecret.txt',
  '/assets',
])('%s is nothing', async (path) => {
  const response = await app.request(path);
  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain('secret');
});

it('says so where the page is not built', async () => {
  const app = await pageFiles({ tasks } as never, { page: '/nonexistent', base, name: 'tiny', diffs: '' });
  app.onError((error, c) => c.text(error.message, 404));
  const response = await app.request('/');
  expect([response.status, await response.text()]).toEqual([
    404,
    expect.stringContaining('npm run web:build'),
  ]);
});
