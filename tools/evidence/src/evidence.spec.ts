import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseParameters, initializeParameters, parseConfig } from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { sampleConfig, sampleVocabulary } from '@diffprune/samples';
import { createManifest } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { dataFolder } from './data.ts';
import { matrices, methodArguments, runName, teacherOf, variantOf, type Run } from './matrices.ts';
import { appendResult, collect, nameOf, readResults, type Result } from './results.ts';
import { writeShuffledBase } from './shuffled-base.ts';
import { formatTable } from './table.ts';

const run: Run = {
  ...{ task: 'mrpc', method: 'diff-pruning', density: 0.001, seed: 2 },
  options: [],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('matrices', () => {
  it.each(Object.keys(matrices))('%s names each of its runs differently', (name) => {
    const names = matrices[name]!.map((run) => runName('base', run));
    expect(new Set(names).size).toBe(names.length);
  });

  it('say what is not the trainer’s default', () => {
    expect(methodArguments(run)).toEqual([
      ...['--task', 'mrpc', '--method', 'diff-pruning', '--density', '0.001', '--seed', '2'],
    ]);
    const full = matrices['glue']!.find(({ task, method }) => task === 'mrpc' && method === 'full')!;
    expect(runName('bert', full)).toBe('bert_mrpc_full_seed-1_epochs-8');
    const taught = matrices['pruning-samples']!.find(({ teacher }) => teacher !== undefined)!;
    expect(methodArguments(taught).join(' ')).toBe(
      '--task opinion --method magnitude-pruning --remaining 0.1 --seed 1',
    );
    expect(runName('bert', taught)).toBe(
      'bert_opinion_8000-rows_magnitude-pruning_remaining-0.1_taught-by-full_seed-1',
    );
  });

  it('share full fine-tuning’s runs, and have each teacher in the same comparison', () => {
    const full = (name: string) =>
      matrices[name]!.filter(({ method }) => method === 'full').map((run) => runName('base', run));
    expect(full('samples')).toEqual(full('pruning-samples'));
    expect(full('pruning-samples')).toEqual(full('supermask-samples'));
    for (const matrix of Object.values(matrices)) {
      for (const run of matrix.filter(({ teacher }) => teacher !== undefined)) {
        const { task, rows, seed, method } = teacherOf(run, matrix)!;
        expect([task, rows, seed, method]).toEqual([run.task, run.rows, run.seed, 'full']);
      }
    }
  });

  it('have lines that say what is compared', () => {
    const lines = (name: string) => [...new Set(matrices[name]!.map(variantOf))];
    expect(lines('supermask-glue')).toEqual(['full', 'supermask', 'supermask, shuffled weights']);
    expect(lines('adapters-glue')).toEqual(['full', 'adapters --bottleneck 8', 'adapters --bottleneck 64']);
    expect(lines('pruning-glue').slice(-2)).toEqual([
      'movement-pruning, taught',
      'soft-movement-pruning, taught',
    ]);
  });
});

describe('results', () => {
  it('are what a run folder says', async () => {
    const out = join(folder, 'run');
    await mkdir(out);
    const settings = { batchSize: 32, learningRate: 3e-4, data: '/somewhere' };
    await writeFile(join(out, 'config.json'), JSON.stringify({ settings }));
    const evaluation = (main: number) => ({
      kind: 'evaluation',
      splits: { dev: { scores: { accuracy: main, f1: main }, main } },
    });
    const projection = { kind: 'projection', kept: 10, nonzero: 9, expectedDensity: 0.01 };
    const samples = { count: 10, mean: { accuracy: 0.7 }, deviation: { accuracy: 0.01 } };
    const last = { ...evaluation(0.75), samples: { dev: samples } };
    const lines = [evaluation(0.5), projection, last].map((line) => JSON.stringify(line));
    await writeFile(join(out, 'metrics.jsonl'), `${lines.join('\n')}\n`);
    const base = { fingerprint: '0'.repeat(64) };
    await writeDiff(join(out, 'mrpc.sdiff'), {
      ...{ manifest: createManifest({ base, method: 'diff-pruning', density: 0.25 }), tensors: [] },
    });
    const { size } = await stat(join(out, 'mrpc.sdiff'));
    const result = await collect(out, 'bert', run, 3.4);
    expect(result).toEqual({
      ...{ base: 'bert', ...run, score: 0.75, scores: { accuracy: 0.75, f1: 0.75 }, bytes: size, seconds: 3 },
      ...{ samples, changed: 0.25 },
      ...{ expectedDensity: 0.01, kept: 10, nonzero: 9 },
      settings: { batchSize: 32, learningRate: 3e-4 },
    });
    const file = join(folder, 'results.jsonl');
    expect(readResults(file)).toEqual([]);
    appendResult(file, result);
    appendResult(file, { ...result, seed: 3 });
    expect(readResults(file)).toEqual([result, { ...result, seed: 3 }]);
    expect(nameOf(result)).toBe(runName('bert', run));
  });

  it('are a table that says what is missing', () => {
    const result = (seed: number, score: number, more: Partial<Result> = {}): Result => {
      return {
        base: 'bert',
        ...run,
        seed,
        score,
        scores: {},
        bytes: 20_000,
        seconds: 60,
        settings: {},
        ...more,
      };
    };
    const wanted = [1, 2, 3].flatMap((seed): Run[] => [
      { ...run, seed },
      { ...run, seed, task: 'cola' },
    ]);
    const others = result(1, 0, { base: 'another' });
    const table = formatTable('bert', wanted, [result(1, 0.8), result(3, 0.82), others]);
    expect(table.split('\n')).toEqual([
      '| method | density | mrpc | cola | kB | s a run |',
      '| --- | --- | --- | --- | --- | --- |',
      '| diff-pruning | 0.1% | 81.0 ± 1.4 (2 of 3 seeds) | – | 20 | 60 |',
    ]);
  });
});

it('a table without budgets says how much was changed', () => {
  const matrix = matrices['supermask-samples']!.filter(({ task }) => task === 'opinion');
  const some = matrix.filter(({ method, shuffled }) => method === 'supermask' && !shuffled);
  const results = some.map((run, i): Result => {
    const numbers = { score: 0.9, scores: {}, bytes: 5000, changed: 0.01 + 0.002 * i, settings: {} };
    return { base: 'bert', ...run, ...numbers };
  });
  expect(formatTable('bert', matrix, results).split('\n')).toEqual([
    '| method | changed | opinion | kB | s a run |',
    '| --- | --- | --- | --- | --- |',
    '| full | – | – | – | – |',
    '| supermask | 1.2% | 90.0 ± 0.0 | 5 | – |',
    '| supermask, shuffled weights | – | – | – | – |',
  ]);
  expect(formatTable('bert', matrices['pruning-glue']!, []).split('\n')[3]).toBe(
    '| magnitude-pruning | 10% | – | – | – | – |',
  );
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

describe('dataFolder', () => {
  it('has the first rows of the training file and the whole dev file', async () => {
    const glue = join(folder, 'glue');
    await mkdir(join(glue, 'SST-2'), { recursive: true });
    await writeFile(join(glue, 'SST-2/train.tsv'), 'sentence\tlabel\na\t0\nb\t1\nc\t0\n');
    await writeFile(join(glue, 'SST-2/dev.tsv'), 'sentence\tlabel\nd\t1\n');
    const made = await dataFolder({ task: 'sst2', rows: 2 }, glue, join(folder, 'made'));
    expect(await readFile(join(made, 'train.tsv'), 'utf8')).toBe('sentence\tlabel\na\t0\nb\t1\n');
    expect(await readFile(join(made, 'dev.tsv'), 'utf8')).toBe('sentence\tlabel\nd\t1\n');
    expect(await dataFolder({ task: 'sst2' }, glue, join(folder, 'made'))).toBe(join(glue, 'SST-2'));
    await expect(dataFolder({ task: 'sst2' }, undefined, folder)).rejects.toThrow('--glue');
  });

  it('has a sample task of as many rows as asked for', async () => {
    const made = await dataFolder({ task: 'opinion', rows: 12 }, undefined, join(folder, 'made'));
    expect((await readFile(join(made, 'train.tsv'), 'utf8')).trimEnd().split('\n')).toHaveLength(13);
  });
});
