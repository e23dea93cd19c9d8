import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { baseParameters, headParameters, initializeParameters, type Head } from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { exitCode } from '@diffprune/command-line';
import type { Prediction } from '@diffprune/glue';
import { readTexts } from '@diffprune/glue/node';
import { applyDiff, loadBase } from '@diffprune/inference/node';
import { extractTensors, type SparseDiff } from '@diffprune/sparse-diff';
import { readDiff } from '@diffprune/sparse-diff/node';
import { concordance } from './agreement.ts';
import { applyCommand } from './apply-command.ts';
import { readFineTuned, tensorPairs } from './fine-tuned.ts';
import { packCommand, type PackOptions } from './pack-command.ts';
import {
  baseValues,
  classification,
  config,
  temporaryFolder,
  vocabulary,
  writeBase,
} from './tiny-model.fixture.ts';

let [folder, base] = ['', ''];
const at = (name: string): string => join(folder, name);
const words = vocabulary.split('\n').slice(5);
const text = (i: number): string =>
  Array.from({ length: 6 }, (_, k) => words[(i * (2 * k + 1) + 7 * k) % words.length]).join(' ');
const sharp = 40;

/** Fine-tuned models whose answer is known: 40 entries have moved far, and all others, where they should, by next to nothing. */
async function writeTuned(name: string, head: Head, seed: number, noise = 1e-7): Promise<void> {
  const tensors = baseValues();
  let entry = 0;
  for (const { name, shape } of baseParameters(config)) {
    if (head.kind === 'span' && name.includes('pooler')) continue;
    const values = tensors.get(name)!;
    for (let i = 0; i < values.length; i++, entry++) {
      if (noise > 0) values[i]! += noise * Math.sin(entry + seed);
      if (entry % 113 === seed && entry < 113 * sharp && shape.length === 2) values[i]! += entry % 2 ? 2 : -2;
    }
  }
  const added = initializeParameters(headParameters(config, head), { initializerRange: 1 }, seed);
  for (const [name, values] of added) tensors.set(name, values);
  const labelNames = head.kind === 'classification' ? { labelNames: ['bad', 'good'] } : {};
  const tokenizerFiles = { 'vocab.txt': `${vocabulary}\n` };
  await writeCheckpoint(at(name), { config, tensors, heads: [head], ...labelNames, tokenizerFiles });
}

/** As where the command line has none. */
const withoutTexts = { texts: undefined as never };

let said: string[] = [];
let printed = '';
/** Packs, and keeps what is said. */
async function pack(options: Partial<PackOptions>): Promise<void> {
  [said, printed] = [[], ''];
  const notes = jest
    .spyOn(process.stderr, 'write')
    .mockImplementation((line) => Boolean(said.push(String(line))));
  const lines = jest
    .spyOn(process.stdout, 'write')
    .mockImplementation((line) => Boolean((printed += String(line))));
  const usual = {
    base,
    models: [at('one')],
    texts: [at('texts.tsv')],
    out: at('packed'),
    batchSize: 16,
    threads: 1,
  };
  try {
    await packCommand({ ...usual, ...options });
  } finally {
    notes.mockRestore();
    lines.mockRestore();
  }
}

beforeAll(async () => {
  folder = await temporaryFolder();
  base = await writeBase();
  await writeTuned('one', classification, 1);
  await writeTuned('other', classification, 2);
  await writeTuned('graded', { kind: 'regression' }, 3);
  await writeTuned('asked', { kind: 'span' }, 4);
  await writeTuned('little', classification, 5, 0);
  await writeFile(
    at('texts.tsv'),
    `sentence\n${Array.from({ length: 120 }, (_, i) => text(i)).join('\n')}\n`,
  );
  const questions = Array.from({ length: 30 }, (_, i) => ({
    id: `${i}`,
    question: text(i + 5),
    context: text(i) + text(3 * i),
  }));
  await writeFile(
    at('questions.jsonl'),
    questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
  );
});
beforeEach(() => rm(at('packed'), { recursive: true, force: true }));

/** What a diff's model says of the texts. */
async function answers(diff: SparseDiff | string): Promise<Prediction[]> {
  const loaded = await loadBase(base, { threads: 1 });
  const model = await applyDiff(loaded, diff);
  const found = await model.predict(await readTexts(at('texts.tsv')), 16);
  await loaded.predictors.dispose();
  return found;
}

/** What a fine-tuned model says of them, in whole: with itself as the base. */
async function ownAnswers(model: string): Promise<Prediction[]> {
  const loaded = await loadBase(at(model), { threads: 1 });
  const tuned = await readFineTuned(at(model), loaded, model);
  const tensors = await extractTensors(() => tensorPairs(loaded, tuned), { threshold: 0 });
  const { manifest } = await readDiff(at(`packed/${model}.sdiff`));
  const diff = {
    manifest: { ...manifest, base: { ...manifest.base, fingerprint: loaded.fingerprint } },
    tensors,
  };
  const found = await (await applyDiff(loaded, diff)).predict(await readTexts(at('texts.tsv')), 16);
  await loaded.predictors.dispose();
  return found;
}

const same = (a: Prediction[], b: Prediction[]): number =>
  a.filter(({ value }, i) => value === b[i]!.value).length / a.length;

it('makes diffs that agree as they should and would not with less', async () => {
  await pack({ models: [at('one'), at('other')], agree: 0.97 });
  expect(await readdir(at('packed'))).toEqual(['one.sdiff', 'other.sdiff']);
  for (const name of ['one', 'other']) {
    const { manifest, tensors } = await readDiff(at(`packed/${name}.sdiff`));
    expect(manifest).toMatchObject({
      task: name,
      labels: ['bad', 'good'],
      texts: 1,
      method: 'magnitude-extraction',
    });
    const own = await ownAnswers(name);
    const agreement = same(await answers(at(`packed/${name}.sdiff`)), own);
    expect(agreement).toBeGreaterThanOrEqual(0.97);
    expect(manifest.annotations).toEqual({ agreement, agreementTexts: 120 });
    // more than what moved far is never needed, and 4.7% less is not enough
    const kept = tensors
      .filter(({ operation }) => operation === 'add')
      .reduce((sum, { positions }) => sum + positions.length, 0);
    expect(kept).toBeLessThanOrEqual(sharp + 2);
    const line = said.filter((line) => line.startsWith(`${name}: density `));
    const tried = line.map(
      (line) => /density ([\d.e-]+): agreement ([\d.]+)/.exec(line)!.slice(1).map(Number) as [number, number],
    );
    const enough = Math.min(...tried.flatMap(([density, agreement]) => (agreement >= 0.97 ? density : [])));
    const lacking = Math.max(...tried.flatMap(([density, agreement]) => (agreement < 0.97 ? density : [])));
    expect(enough / lacking).toBeLessThan(1.06);
    expect(kept).toBe(Math.floor(enough * manifest.base.parameters));
    const loaded = await loadBase(base, { threads: 1 });
    const tuned = await readFineTuned(at(name), loaded, base);
    const less = await extractTensors(() => tensorPairs(loaded, tuned), {
      density: lacking,
      scope: 'global',
    });
    expect(same(await answers({ manifest, tensors: less }), own)).toBeLessThan(0.97);
    expect(printed).toMatch(
      new RegExp(
        `^${name} +0\\.\\d+ +${kept} +${agreement.toFixed(4)} \\(120 texts, labels that are the same\\) +`,
        'm',
      ),
    );
  }
  const sizes = await Promise.all(
    ['one', 'other'].map(async (name) => (await readFile(at(`packed/${name}.sdiff`))).length),
  );
  const total = sizes.reduce((sum, size) => sum + size).toLocaleString('en');
  expect(printed).toContain(` of the base and ${total} of diffs, `);
});

it('measures a regression by concordance, and answers to questions by their places', async () => {
  await pack({
    models: [at('graded'), at('asked')],
    texts: [at('texts.tsv'), at('questions.jsonl')],
    tasks: ['graded', 'squad'],
    agree: 0.9,
    values: 'fp16',
  });
  const values = (of: Prediction[]) => of.map(({ value }) => value);
  const { manifest } = await readDiff(at('packed/graded.sdiff'));
  const found = concordance(
    values(await answers(at('packed/graded.sdiff'))),
    values(await ownAnswers('graded')),
  );
  expect(manifest.annotations['agreement']).toBeCloseTo(found, 5);
  expect(found).toBeGreaterThanOrEqual(0.9);
  const squad = await readDiff(at('packed/squad.sdiff'));
  expect(squad.manifest).toMatchObject({
    task: 'squad',
    head: 'span',
    texts: 2,
    annotations: { agreementTexts: 30 },
  });
  expect(squad.manifest.hyperparameters).toEqual({ version2: false });
  expect(Number(squad.manifest.annotations['agreement'])).toBeGreaterThanOrEqual(0.9);
});

it('keeps every entry that changed, to give the model’s own bytes again', async () => {
  await pack({ ...withoutTexts, exact: true, models: [at('little'), at('one')] });
  const little = await readDiff(at('packed/little.sdiff'));
  expect(
    little.tensors
      .filter(({ operation }) => operation === 'set')
      .reduce((sum, { positions }) => sum + positions.length, 0),
  ).toBeLessThanOrEqual(sharp);
  expect(printed).toMatch(/^little .* exact /m);
  for (const name of ['little', 'one']) {
    await applyCommand({ base, diff: at(`packed/${name}.sdiff`), out: at(`packed/${name}`) });
    const [made, own] = await Promise.all([loadCheckpoint(at(`packed/${name}`)), loadCheckpoint(at(name))]);
    for (const [tensor, values] of own.tensors) {
      expect([tensor, Buffer.from(made.tensors.get(tensor)!.buffer)]).toEqual([
        tensor,
        Buffer.from(values.buffer),
      ]);
    }
  }
});

it.each<[string, string, () => Partial<PackOptions>]>([
  [
    'nothing to compare on',
    'give --texts a file of texts to compare answers on, or --exact',
    () => withoutTexts,
  ],
  ['both ways', '--exact keeps all that changed', () => ({ exact: true })],
  ['no fraction', '--agree must be above 0 and at most 1, not 2', () => ({ agree: 2 })],
  [
    'too few texts',
    '--texts names 2 files for 1 models',
    () => ({ texts: [at('texts.tsv'), at('texts.tsv')] }),
  ],
  ['too few names', '--tasks has 2 names for 1 models', () => ({ tasks: ['a', 'b'] })],
  [
    'a name twice',
    '"one" is the name of two models; name each by --tasks',
    () => ({ models: [at('one'), at('one')] }),
  ],
  ['no name', '"../x" cannot be the name of a file', () => ({ tasks: ['../x'] })],
  ['a folder in use', 'holds', () => ({ out: folder })],
  [
    'columns for questions',
    'answers questions, to whose files --columns',
    () => ({ models: [at('asked')], columns: ['a'] }),
  ],
  [
    'what rounding spoils',
    'at no density up to a half do labels that are the same reach --agree 1',
    () => ({ agree: 1, values: 'sign' }),
  ],
  [
    'another base',
    'was not made from',
    () => ({
      models: [fileURLToPath(new URL('../../../packages/samples/model', import.meta.url))],
      tasks: ['x'],
    }),
  ],
])('refuses %s, and writes nothing', async (_, message, options) => {
  const error: unknown = await pack(options()).then(
    () => 'accepted',
    (error: unknown) => error,
  );
  expect(String(error)).toContain(message);
  expect(exitCode(error)).toBe(2);
  await expect(readdir(at('packed'))).rejects.toThrow('ENOENT');
});

it('refuses a model with another tokenizer', async () => {
  await cp(at('one'), at('foreign'), { recursive: true });
  await writeFile(at('foreign/vocab.txt'), `${vocabulary.replace('film', 'movie')}\n`);
  await expect(pack({ models: [at('foreign')] })).rejects.toThrow('has another tokenizer than the base');
});

it('does as the README says', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, args] = /^diffprune-apply (pack .*--texts .*)$/m.exec(readme)!;
  const cwd = at('readme');
  await mkdir(cwd);
  for (const [from, to] of [
    [base, 'bert-tiny'],
    [at('one'), 'sst2-tuned'],
    [at('other'), 'cola-tuned'],
  ] as const) {
    await cp(from, join(cwd, to), { recursive: true });
  }
  await cp(at('texts.tsv'), join(cwd, 'texts.tsv'));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const node = ['--conditions=@diffprune/source', '--import', tsx, main];
  const { stdout } = await promisify(execFile)(process.execPath, [...node, ...args!.split(/ +/)], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(stdout).toContain('written: packed/sst2-tuned.sdiff, packed/cola-tuned.sdiff\n');
  expect(await readdir(join(cwd, 'packed'))).toEqual(['cola-tuned.sdiff', 'sst2-tuned.sdiff']);
});
