import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expandSweep, parseSweep } from '@diffprune/sweeps';
import { compareMethods } from './differences.ts';

const rows = Array.from({ length: 200 }, (_, i) => i);
const labels = rows.map((i) => Number(i % 3 > 0));
const methods = ['structured-diff-pruning', 'non-adaptive-diff-pruning'] as const;
const sweep = parseSweep(
  {
    name: 'small',
    grid: { seed: [1, 2, 3], density: [0.005, 0.001] },
    runs: [{ task: 'sst2', method: [...methods, 'full'] }],
  },
  'small.json',
);
const runs = expandSweep(sweep);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'differences-'));
  const lines = labels.map((label, i) => `text ${i}\t${label}`);
  await writeFile(join(folder, 'dev.tsv'), ['sentence\tlabel', ...lines, ''].join('\n'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes what a run says of the rows, of which every so many are wrong. */
async function finish(method: string, density: string, seed: string, wrong: number, from = 0): Promise<void> {
  const is = (option: string, value: string) => (run: (typeof runs)[number]) => run.options[option] === value;
  const [run] = runs.filter(is('method', method)).filter(is('density', density)).filter(is('seed', seed));
  const path = join(folder, run!.name);
  await mkdir(path);
  await writeFile(join(path, 'config.json'), JSON.stringify({ settings: { data: folder } }));
  const lines = labels.map((label, i) => {
    const predicted = i % wrong === 0 ? 1 - label : label;
    return `${i + from}\t${['negative', 'positive'][predicted]}\t${1 - predicted}\t${predicted}`;
  });
  const header = 'index\tprediction\tprobability_negative\tprobability_positive';
  await writeFile(join(path, 'predictions.tsv'), [header, ...lines, ''].join('\n'));
}

it('compares seed by seed what both methods have run, with the standard error of the rows', async () => {
  await finish(methods[0], '0.005', '1', 10);
  await finish(methods[1], '0.005', '1', 5);
  await finish(methods[0], '0.005', '2', 20);
  await finish(methods[1], '0.005', '2', 10);
  await finish(methods[0], '0.005', '3', 2); // the other one is not there
  await finish('full', '0.005', '3', 2);
  await finish(methods[1], '0.001', '3', 2);
  const found = await compareMethods(runs, folder, ...methods);
  // a tenth and a twentieth of the rows are right by the first alone
  const gain = rows.map((i) => (Number(i % 5 === 0 && i % 10 > 0) + Number(i % 10 === 0 && i % 20 > 0)) / 2);
  const error = Math.sqrt(gain.reduce((sum, x) => sum + (x - 0.075) ** 2, 0)) / rows.length;
  expect(found).toEqual([
    {
      ...{ task: 'sst2', options: { density: '0.005' }, seeds: 2 },
      ...{ difference: expect.closeTo(0.075, 10), standardError: expect.any(Number) },
    },
  ]);
  expect(Math.abs(found[0]!.standardError / error - 1)).toBeLessThan(0.1);
  const [other] = await compareMethods(runs, folder, methods[1], methods[0]);
  expect(other!.difference).toBeCloseTo(-0.075, 10);
});

it('refuses predictions for other rows', async () => {
  await finish(methods[0], '0.001', '1', 10);
  await finish(methods[1], '0.001', '1', 5, 1);
  await expect(compareMethods(runs, folder, ...methods)).rejects.toThrow(
    /non-adaptive.*predictions\.tsv: predictions for other rows/,
  );
});
