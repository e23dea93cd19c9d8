import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseParameters, initializeParameters, parseConfig } from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { sampleConfig, sampleVocabulary } from '@diffprune/samples';
import { createManifest } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { expandSweep, formatTable, summarize } from '@diffprune/sweeps';
import { readSweep } from '@diffprune/sweeps/node';
import { collectResults, readResults } from './results.ts';
import { writeShuffledBase } from './shuffled-base.ts';

const evidence = fileURLToPath(new URL('..', import.meta.url));
const resultsFile = join(evidence, 'results.jsonl');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('results', () => {
  it('are what finished run folders say, each once', async () => {
    const run = join(folder, 'bert_mrpc_diff-pruning_0.25_seed-2');
    await mkdir(run);
    const settings = { task: 'mrpc', method: 'diff-pruning', seed: 2, learningRate: 3e-4 };
    await writeFile(
      join(run, 'config.json'),
      JSON.stringify({ settings: { ...settings, data: '/somewhere' } }),
    );
    const splits = { dev: { scores: { accuracy: 0.75 }, main: 0.75 } };
    await writeFile(join(run, 'metrics.jsonl'), `${JSON.stringify({ kind: 'evaluation', splits })}\n`);
    const base = { fingerprint: '0'.repeat(64) };
    const metrics = { 'dev/accuracy': 0.75 };
    const manifest = createManifest({ base, method: 'diff-pruning', density: 0.25, metrics });
    await writeDiff(join(run, 'mrpc.sdiff'), { manifest, tensors: [] });
    const file = join(folder, 'results.jsonl');
    const paths = [run, join(folder, 'none'), folder];
    expect(await collectResults(paths, file)).toEqual([]); // no report yet: it is not finished
    await writeFile(join(run, 'report.html'), '');
    const result = {
      ...{ run: 'bert_mrpc_diff-pruning_0.25_seed-2', score: 0.75, scores: { accuracy: 0.75 } },
      ...{ bytes: expect.any(Number), changed: 0.25, settings },
    };
    expect(await collectResults(paths, file)).toEqual([result]);
    expect(await collectResults(paths, file)).toEqual([]);
    expect(await readResults(file)).toEqual([result]);
  });

  it('are of runs of the sweeps that were measured', async () => {
    const bases = ['sample-model', 'sample-model-shuffled', 'all-MiniLM-L6-v2'];
    const names = new Set<string>();
    for (const file of await readdir(join(evidence, 'measured'))) {
      const sweep = await readSweep(join(evidence, 'measured', file));
      for (const base of bases) for (const { name } of expandSweep(sweep, { base })) names.add(name);
    }
    const results = await readResults(resultsFile);
    expect(results.length).toBeGreaterThan(100);
    expect(results.filter(({ run }) => !names.has(run))).toEqual([]);
  });

  it('are what the README has in its tables', async () => {
    const readme = await readFile(join(evidence, 'README.md'), 'utf8');
    const cells = (table: string) =>
      table.split('\n').map((line) => line.split('|').map((cell) => cell.trim().replace(/^-+$/, '-')));
    const byName = new Map((await readResults(resultsFile)).map((result) => [result.run, result]));
    const tables = [...readme.matchAll(/<!-- table (\S+)(?: --base (\S+))? -->\n\n((?:\|.*\n)+)/g)];
    expect(tables.length).toBeGreaterThan(3);
    for (const [, file, base, table] of tables) {
      const sweep = await readSweep(join(evidence, file!));
      const runs = expandSweep(sweep, base === undefined ? {} : { base });
      const made = formatTable(summarize(sweep, runs, ({ name }) => byName.get(name)));
      expect(cells(table!.trimEnd())).toEqual(cells(made));
    }
  });
});

it('a shuffled base has the numbers of the base, in another order within each matrix', async () => {
  const [one, same, other] = ['one', 'same', 'other'].map((name) => join(folder, name));
  const model = join(folder, 'model');
  const vocabulary = sampleVocabulary();
  const config = parseConfig({ ...sampleConfig, num_hidden_layers: 1 });
  await writeCheckpoint(model, {
    config,
    tensors: initializeParameters(baseParameters(config), config, 3),
    heads: [],
    tokenizerFiles: { 'vocab.txt': `${vocabulary.join('\n')}\n` },
  });
  await writeShuffledBase(model, one!, 1);
  await writeShuffledBase(model, same!, 1);
  await writeShuffledBase(model, other!, 2);
  const weights = (folder: string) => readFile(join(folder, 'model.safetensors'));
  expect((await weights(same!)).equals(await weights(one!))).toBe(true);
  expect((await weights(other!)).equals(await weights(one!))).toBe(false);
  const [before, after] = [await loadCheckpoint(model), await loadCheckpoint(one!)];
  expect(after.config).toEqual(before.config);
  expect(after.tokenizerFiles).toEqual(before.tokenizerFiles);
  for (const { name, shape } of baseParameters(before.config)) {
    const [was, is] = [before.tensors.get(name)!, after.tensors.get(name)!];
    const unmoved = is.reduce((count, value, i) => count + Number(value === was[i]), 0);
    if (shape.length < 2) expect([name, unmoved]).toEqual([name, is.length]);
    else expect(unmoved).toBeLessThan(0.02 * is.length);
    expect(is.slice().sort()).toEqual(was.slice().sort());
  }
});
