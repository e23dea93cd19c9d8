/*
 * What a prediction leaves behind and whom it calls: nothing and nobody. CI, where libraries that report keep still, is
 * not set for it.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { makeDiff, temporaryFolder, writeBase } from './tiny-model.fixture.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

let folder: string;
let home: string;
let base: string;
let diff: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  home = join(folder, 'home');
  await mkdir(home);
  base = await writeBase();
  diff = join(folder, 'mine.sdiff');
  await writeDiff(diff, await makeDiff());
});

/** Predicts in a home of its own, under another program if one is given. */
function predict(text: string, under: readonly string[] = []) {
  const node = [process.execPath, '--conditions=@diffprune/source', '--import', tsx, main];
  const args = ['predict', '--base', base, '--diff', diff, '--text', text, '--text-b', 'dull'];
  const [program, ...rest] = [...under, ...node, ...args];
  const { PATH } = process.env;
  const { status, signal, stdout, stderr } = spawnSync(program!, rest, {
    env: { PATH, HOME: home },
    encoding: 'utf8',
  });
  return { status, signal, stderr, lines: stdout.trim().split('\n').length };
}

const answered = { status: 0, signal: null, stderr: '', lines: 2 };

it('writes nothing into the home folder', async () => {
  expect(predict('the film was good')).toEqual(answered);
  expect(await readdir(home, { recursive: true })).toEqual([]);
});

it('answers a text of 60,000 characters, cut to the length of the model', () => {
  expect(predict('good '.repeat(12_000))).toEqual(answered);
});

const strace = spawnSync('strace', ['-f', 'true']).status === 0;
(strace ? it : it.skip)('opens no connection (skipped where strace cannot be used)', async () => {
  const log = join(folder, 'calls.txt');
  expect(predict('the film was good', ['strace', '-f', '-e', 'trace=network', '-o', log])).toEqual(answered);
  const calls = (await readFile(log, 'utf8')).split('\n');
  expect(calls.filter((call) => /AF_INET/.test(call))).toEqual([]);
});
