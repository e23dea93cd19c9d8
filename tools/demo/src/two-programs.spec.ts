import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { evaluate } from '@diffprune/evaluators';
import { parsePredictions, type Prediction } from '@diffprune/glue';
import { readTask } from '@diffprune/glue/node';
import { opinionTask, writeTask } from '@diffprune/samples';
import { inspectDiff } from '@diffprune/sparse-diff';
import { comparePredictions } from './compare-predictions.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Runs one of the programs; throws what it said unless it ends well. */
async function run(program: 'trainer' | 'applier', ...args: string[]): Promise<string> {
  const main = fileURLToPath(new URL(`../../../apps/${program}/src/main.ts`, import.meta.url));
  const node = ['--conditions=@diffprune/source', '--import', tsx, main];
  const env = { ...process.env, NODE_OPTIONS: '' };
  return (await promisify(execFile)(process.execPath, [...node, ...args], { env })).stdout;
}

async function predictions(file: string): Promise<Prediction[]> {
  return parsePredictions(await readFile(file), file, opinionTask);
}

describe('a diff of the sample model that one program trains and the other applies', () => {
  let folder: string;
  let train: string[];
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'two-programs-'));
    await writeTask(at('data'), 'opinion', { seed: 1, trainRows: 320, devRows: 60 });
    const rates = [
      '--learning-rate',
      '1e-3',
      '--fixed-mask-learning-rate',
      '5e-3',
      '--l0-penalty',
      '1.25e-7',
    ];
    const inputs = ['--task', 'opinion', '--data', at('data'), '--max-length', '32'];
    train = ['train', ...inputs, ...rates, '--max-steps', '40', '--batch-size', '16'];
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['fp32', 'fp16', 'int8', 'int4'])(
    'predicts what the trainer says of it, stored as %s',
    async (values) => {
      const said = await run('trainer', ...train, '--out', at(values), '--values', values);
      const diff = at(`${values}/opinion.sdiff`);
      const applied = at(`${values}/applied.tsv`);
      const file = join(at('data'), 'dev.tsv');
      await run('applier', 'predict', '--diff', diff, '--file', file, '--out', applied);

      const [trained, predicted] = await Promise.all(
        [at(`${values}/predictions.tsv`), applied].map(predictions),
      );
      const { rows, sameLabels, largestDifference } = comparePredictions(trained!, predicted!);
      expect([rows, sameLabels]).toEqual([60, 60]);
      expect(largestDifference).toBeLessThan(1e-6);

      // the manifest's scores are those of the predictions, and the values are stored as they were to be
      const { manifest, tensors } = inspectDiff(await readFile(diff));
      const { examples } = await readTask(at('data'), opinionTask, 'dev');
      const labels = examples.map(({ label }) => label!);
      const { scores } = evaluate(
        opinionTask.metrics,
        predicted!.map(({ value }) => value),
        labels,
      );
      expect(manifest.metrics['dev/accuracy']).toBe(scores['accuracy']);
      for (const { operation, valueCoding } of tensors) {
        expect(valueCoding).toBe(operation === 'replace-dense' ? 'fp32' : values);
      }
      expect(said).toContain(`values as ${values}, ${values === 'fp32' ? 'exact' : 'rounded by at most 0.'}`);

      const { settings } = JSON.parse(await readFile(at(`${values}/config.json`), 'utf8'));
      expect(settings.values).toBe(values);
      const metrics = await readFile(at(`${values}/metrics.jsonl`), 'utf8');
      const stored = metrics
        .split('\n')
        .flatMap((line) => (line.includes('"stored"') ? [JSON.parse(line)] : []));
      expect(stored.map(({ splits }) => splits.dev.scores)).toEqual(values === 'fp32' ? [] : [scores]);
    },
  );

  it('is another one, of the same training, for each way of storing it', async () => {
    const probabilities = async (values: string) =>
      (await predictions(at(`${values}/predictions.tsv`))).map((row) => row.probabilities![1]!);
    const exact = await probabilities('fp32');
    const distance = async (values: string) => {
      const others = await probabilities(values);
      return Math.max(...others.map((p, i) => Math.abs(p - exact[i]!)));
    };
    const [half, byte, nibble] = await Promise.all(['fp16', 'int8', 'int4'].map(distance));
    expect(half).toBeLessThan(byte!);
    expect(byte).toBeLessThan(nibble!);
    // far more than programs may differ by: what is compared above is not the exact diff's predictions
    expect(byte).toBeGreaterThan(1e-5);
  });
});
