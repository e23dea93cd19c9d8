import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyDiff, classify, loadBase, readBase, ResidentBase } from '@diffprune/inference/node';
import { encodeDiff, type SparseDiff } from '@diffprune/sparse-diff';
import type { Hono } from 'hono';
import { makeDiff, writeBase } from '../tiny-model.fixture.ts';
import { createService, type Limits } from './service.ts';
import { TaskFolder } from './task-folder.ts';

const limits: Limits = {
  ...{ bodyBytes: 2000, diffBytes: 100_000, characters: 100, inputs: 8, queue: 20, timeout: 5000 },
};
const bytes = (diff: SparseDiff): Uint8Array<ArrayBuffer> => new Uint8Array(encodeDiff(diff).bytes);

let folder: string;
let diffs: string;
let base: ResidentBase;
let tasks: TaskFolder;
let app: Hono;
const errors: unknown[] = [];

const service = (more: Partial<Limits> = {}) =>
  createService(base, tasks, { ...limits, ...more }, (error) => errors.push(error));

beforeAll(async () => {
  folder = await writeBase();
  diffs = await mkdtemp(join(tmpdir(), 'serve-'));
  await writeFile(join(diffs, 'film.sdiff'), bytes(await makeDiff({ texts: 1 })));
  await writeFile(join(diffs, 'pair.sdiff'), bytes(await makeDiff({ texts: 2 })));
  await writeFile(join(diffs, 'notes.txt'), 'no diff');
  const score = await makeDiff({ head: 'regression' }, { kind: 'regression' });
  await writeFile(join(diffs, 'score.sdiff'), bytes(score));
  await writeFile(join(diffs, 'ask.sdiff'), bytes(await makeDiff({ head: 'span' }, { kind: 'span' })));
  base = await ResidentBase.create(await readBase(folder), { background: true });
  tasks = await TaskFolder.open(base, diffs);
  ({ app } = service());
});
afterAll(() => {
  base.dispose();
  expect(errors).toEqual([]);
});

const post = async (task: string, body: unknown, of = app) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await of.request(`/tasks/${task}/predict`, { method: 'POST', body: text });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};

it('answers as the library does', async () => {
  const texts = ['the film was very good', 'soup'];
  const reference = await loadBase(folder);
  const expected = await classify(await applyDiff(reference, await makeDiff()), texts);
  await reference.predictors.dispose();
  const one = await post('film', { text: texts[0] });
  expect(one.status).toBe(200);
  expect(one.body['label']).toBe(expected[0]!.label);
  const { answers } = (await post('film', { inputs: texts.map((text) => ({ text })) })).body as never;
  (answers as { probabilities: Record<string, number> }[]).forEach(({ probabilities }, i) => {
    for (const [label, p] of expected[i]!.probabilities!) expect(probabilities[label]).toBeCloseTo(p, 5);
  });
  expect((await post('score', { text: 'soup' })).body).toEqual({ score: expect.any(Number) });
  expect((await post('pair', { text: 'soup', textB: 'film' })).body).toMatchObject({
    label: expect.any(String),
  });
  const context = 'the soup was very good and he left';
  const found = (await post('ask', { question: 'who left', context })).body;
  expect(context.slice(found['start'], found['end'])).toBe(found['text']);
});

it.each<[string, unknown, number, string]>([
  ['film', '{', 400, 'the body is not JSON'],
  ['film', '[]', 400, 'the body is no JSON object'],
  ['film', { inputs: 'soup' }, 400, '"inputs" is no list'],
  ['film', { text: 7 }, 400, 'an input has "text"'],
  ['film', { text: 'soup', more: 'film' }, 400, 'and nothing else'],
  ['film', { text: 'soup '.repeat(21) }, 413, 'an input of 105 characters; at most 100'],
  ['film', { inputs: new Array(9).fill({ text: 'soup' }) }, 413, '9 inputs in one request; at most 8'],
  ['film', { text: 'soup '.repeat(500) }, 413, 'a body of more than 2000 bytes'],
  ['film', { text: 'soup', textB: 'film' }, 422, 'takes'],
  ['pair', { text: 'soup' }, 422, 'task mine takes two texts'],
  ['film', { question: 'who', context: 'he' }, 422, 'texts'],
  ['no', { text: 'soup' }, 404, 'there is no task "no"'],
  ['..%2Ffilm', { text: 'soup' }, 404, 'there is no task'],
])('POST to %s of %j: %d, %s', async (task, body, status, message) => {
  const found = await post(task, body);
  expect(found.status).toBe(status);
  expect(found.body['error']).toContain(message);
});

it('a bad input of a list fails alone', async () => {
  const inputs = [{ text: 'soup' }, { text: 'a', textB: 'b' }, 7, { text: 'film' }];
  const { status, body } = await post('film', { inputs });
  const answers = body['answers'] as unknown as Record<string, unknown>[];
  expect(status).toBe(200);
  expect(answers.map((answer) => Object.keys(answer)[0])).toEqual(['label', 'error', 'error', 'label']);
});

it('tasks come, are replaced, and go, with their files', async () => {
  const put = async (name: string, body: Uint8Array<ArrayBuffer>) =>
    (await app.request(`/tasks/${name}`, { method: 'PUT', body })).status;
  const [first, second] = [bytes(await makeDiff()), bytes(await makeDiff({}, undefined, 50))];
  expect(await put('new', first)).toBe(201);
  const before = await post('new', { text: 'soup' });
  expect(before).toEqual(await post('film', { text: 'soup' }));
  expect(await put('new', second)).toBe(200);
  expect(new Uint8Array(await readFile(join(diffs, 'new.sdiff')))).toEqual(second);
  expect(await post('new', { text: 'soup' })).not.toEqual(before);
  const again = await ResidentBase.create(await readBase(folder));
  const names = (await TaskFolder.open(again, diffs)).base.tasks.map(({ name }) => name);
  again.dispose();
  expect(names).toEqual(['ask', 'film', 'new', 'pair', 'score']);
  expect((await app.request('/tasks/new', { method: 'DELETE' })).status).toBe(204);
  expect((await app.request('/tasks/new', { method: 'DELETE' })).status).toBe(404);
  expect((await post('new', { text: 'soup' })).status).toBe(404);
  expect((await readdir(diffs)).sort()).toEqual([
    'ask.sdiff',
    'film.sdiff',
    'notes.txt',
    'pair.sdiff',
    'score.sdiff',
  ]);
});

it.each<[string, Uint8Array<ArrayBuffer> | 'other base', number]>([
  ['..%2Fevil', new Uint8Array(4), 400],
  ['.hidden', new Uint8Array(4), 400],
  ['a%2Fb', new Uint8Array(4), 400],
  ['a%00', new Uint8Array(4), 400],
  ['broken', Uint8Array.of(1, 2, 3), 422],
  ['large', new Uint8Array(100_001), 413],
  ['other', 'other base', 422],
])('PUT of %s is refused', async (name, given, status) => {
  let body = given;
  if (body === 'other base') {
    const diff = await makeDiff();
    const manifest = { ...diff.manifest, base: { ...diff.manifest.base, fingerprint: 'f'.repeat(64) } };
    body = bytes({ ...diff, manifest });
  }
  const before = await readdir(diffs);
  const response = await app.request(`/tasks/${name}`, { method: 'PUT', body });
  expect(response.status).toBe(status);
  expect(await readdir(diffs)).toEqual(before);
});

it('refuses more than may wait, and what takes too long', async () => {
  const narrow = service({ queue: 2 }).app;
  const statuses = await Promise.all(
    [1, 2, 3, 4].map(async () => (await post('film', { text: 'soup' }, narrow)).status),
  );
  expect(statuses.filter((status) => status === 200).length).toBe(2);
  expect(statuses.filter((status) => status === 429).length).toBe(2);
  const quick = service({ timeout: 1 }).app;
  const inputs = Array.from({ length: 8 }, () => ({ text: 'soup '.repeat(18) }));
  const many = Array.from({ length: 2 }, () => post('film', { inputs }));
  const late = post('score', { inputs }, quick);
  expect((await late).status).toBe(408);
  expect((await Promise.all(many)).map(({ status }) => status)).toEqual([200, 200]);
});

it('says what it has, and how it does', async () => {
  const { tasks } = (await (await app.request('/tasks')).json()) as { tasks: { name: string }[] };
  expect(tasks.map(({ name }) => name)).toEqual(['ask', 'film', 'pair', 'score']);
  expect(await (await app.request('/tasks/film')).json()).toMatchObject({
    head: 'classification',
    bytes: expect.any(Number),
  });
  const metrics = await (await app.request('/metrics')).text();
  for (const name of [
    'http_request_seconds_count',
    'answers_total{task="film"',
    'switches_total',
    'waiting_inputs 0',
  ]) {
    expect(metrics).toContain(`diffprune_${name}`);
  }
  const { paths } = (await (await app.request('/openapi.json')).json()) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('{task}', ':task')}`),
  );
  const routes = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`);
  expect(new Set(described)).toEqual(new Set(routes.filter((route) => route !== 'GET /openapi.json')));
});

it('is unhealthy when it stops, and cannot be changed where it may not', async () => {
  const stopping = service();
  expect((await stopping.app.request('/health')).status).toBe(200);
  stopping.drain();
  const health = await stopping.app.request('/health');
  expect([health.status, health.headers.get('connection')]).toEqual([503, 'close']);
  const fixed = createService(base, undefined, limits, () => {}).app;
  expect((await fixed.request('/tasks/film', { method: 'DELETE' })).status).toBe(404);
  expect((await (await fixed.request('/openapi.json')).text()).includes('"delete"')).toBe(false);
});

it('a folder with what is no diff of the base is refused by the name of the file', async () => {
  const other = await mkdtemp(join(tmpdir(), 'serve-'));
  await writeFile(join(other, 'broken.sdiff'), 'nothing');
  await expect(TaskFolder.open(base, other)).rejects.toThrow(`${join(other, 'broken.sdiff')}: `);
  const named = await mkdtemp(join(tmpdir(), 'serve-'));
  await writeFile(join(named, '-x.sdiff'), bytes(await makeDiff()));
  await expect(TaskFolder.open(base, named)).rejects.toThrow('a task cannot have this name');
});
