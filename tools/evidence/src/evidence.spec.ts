import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataFolder } from './data.ts';
import { matrices, methodArguments, runName, type Run } from './matrices.ts';
import { appendResult, collect, nameOf, readResults, type Result } from './results.ts';
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
    const lines = [evaluation(0.5), projection, evaluation(0.75)].map((line) => JSON.stringify(line));
    await writeFile(join(out, 'metrics.jsonl'), `${lines.join('\n')}\n`);
    await writeFile(join(out, 'mrpc.sdiff'), 'twelve bytes');
    const result = await collect(out, 'bert', run, 3.4);
    expect(result).toEqual({
      ...{ base: 'bert', ...run, score: 0.75, scores: { accuracy: 0.75, f1: 0.75 }, bytes: 12, seconds: 3 },
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
