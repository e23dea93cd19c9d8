import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeDiff } from '@diffprune/sparse-diff';
import { makeDiff, writeBase } from '../tiny-model.fixture.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
}

let arguments_: string[];
beforeAll(async () => {
  const diffs = await mkdtemp(join(tmpdir(), 'serve-'));
  for (const name of ['a', 'b']) {
    await writeFile(join(diffs, `${name}.sdiff`), encodeDiff(await makeDiff({ task: name })).bytes);
  }
  arguments_ = ['serve', '--base', await writeBase(), '--diffs', diffs];
});

/** Starts the service as a user would. */
async function start(...more: string[]): Promise<Running> {
  const node = [
    '--conditions=@diffprune/source',
    '--import',
    'tsx',
    main,
    ...arguments_,
    '--port',
    '0',
    ...more,
  ];
  const child = spawn(process.execPath, node, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let log = '';
  const ended = new Promise<{ code: number | null; log: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, log })),
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const found = /listening on (\S+)/.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(log)));
  });
  return { child, url, ended };
}

const ask = async (url: string, task: string, inputs = 40) => {
  const body = JSON.stringify({ inputs: new Array(inputs).fill({ text: 'the soup was not bad' }) });
  const response = await fetch(`${url}/tasks/${task}/predict`, { method: 'POST', body });
  return { status: response.status, answers: ((await response.json()) as { answers: unknown[] }).answers };
};

it('told to stop, it answers what it was asked, and ends', async () => {
  const { child, url, ended } = await start('--threads', '2');
  const expected = await ask(url, 'a');
  expect(expected).toMatchObject({ status: 200 });
  const asked = Array.from({ length: 20 }, (_, i) => ask(url, i % 2 === 0 ? 'a' : 'b'));
  await new Promise((resolve) => setTimeout(resolve, 30)); // they are sent
  child.kill('SIGTERM');
  const answers = await Promise.all(asked);
  for (const [i, answer] of answers.entries()) {
    expect(answer.status).toBe(200);
    if (i % 2 === 0) expect(answer).toEqual(expected);
  }
  const { code, log } = await ended;
  expect(code).toBe(0);
  expect(log).toContain('tasks: a, b');
  await expect(ask(url, 'a')).rejects.toThrow();
}, 60_000);

it('does not wait for ever for connections that say nothing', async () => {
  const { child, url, ended } = await start('--grace', '1');
  const silent = connect(Number(new URL(url).port), '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));
  silent.on('error', () => {});
  silent.write('POST /tasks/a/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"te');
  await new Promise((resolve) => setTimeout(resolve, 50));
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
  silent.destroy();
}, 60_000);

it('names what it cannot serve', async () => {
  await expect(start('--host', '203.0.113.1')).rejects.toThrow('cannot listen on 203.0.113.1:0');
  await expect(start('--diffs', join(tmpdir(), 'no-such-folder'))).rejects.toThrow('no such file or folder');
}, 60_000);
