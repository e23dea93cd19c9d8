import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunConfig } from '../settings/run-config.ts';
import { RunFolder } from './run-folder.ts';

const config: RunConfig = {
  settings: {
    ...{
      task: 'mnli',
      data: 'glue/MNLI',
      base: 'bert',
      method: 'diff-pruning',
      engine: 'cpu',
      maxLength: 128,
      values: 'fp32',
    },
    epochs: 3,
    batchSize: 32,
    warmup: 0.1,
    weightDecay: 0,
    maxGradientNorm: 1,
    maxSteps: undefined,
    distillation: undefined,
    temperature: undefined,
    seed: 42,
    learningRate: 1e-5,
    fixedMaskLearningRate: 5e-5,
  },
  fingerprints: { base: 'b', config: {}, tokenizer: 't', data: { train: 'd' } },
  versions: { trainer: '0.1.0', node: 'v20' },
};

describe('RunFolder', () => {
  let folder: RunFolder;
  beforeEach(async () => {
    folder = new RunFolder(join(await mkdtemp(join(tmpdir(), 'run-')), 'runs/mnli'));
  });
  afterEach(() => rm(join(folder.path, '../..'), { recursive: true }));

  it('holds the configuration it was made with', async () => {
    expect(await folder.config()).toBeUndefined();
    await folder.create(config);
    expect(await folder.config()).toEqual(config);
  });

  it('is free where a program was killed as it began, and not where other files are', async () => {
    await mkdir(folder.path, { recursive: true });
    await writeFile(folder.file('config.json.17.tmp'), '{"sett');
    expect(await folder.config()).toBeUndefined();
    await writeFile(folder.file('thesis.tex'), '');
    await expect(folder.config()).rejects.toThrow('holds files that are no training run, such as thesis.tex');
  });

  it('refuses a config.json of another kind', async () => {
    await mkdir(folder.path, { recursive: true });
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const { settings, ...rest } = config;
    for (const text of [
      ...['{"model_type": "bert"}', 'null', '{"settings"', '{"settings": 1}', '[]', deep(100_000)],
      JSON.stringify({ settings: { ...settings, method: 'magic' }, ...rest }),
      JSON.stringify({ settings: { ...settings, data: 5 }, ...rest }),
      JSON.stringify({ ...config, fingerprints: { base: 'b', tokenizer: 't' } }),
      JSON.stringify(config).replace('"fp32"', deep(200_000)),
    ]) {
      await writeFile(folder.file('config.json'), text);
      await expect(folder.config()).rejects.toThrow('config.json does not describe a training run');
    }
  });

  it('forgets what came after a checkpoint, and half-written files', async () => {
    await folder.create(config);
    await folder.rewind(undefined);
    await writeFile(join(folder.path, 'checkpoint/state.safetensors.17.tmp'), 'half');
    const measured = { loss: 0.5, learningRateFactor: 1, examplesPerSecond: 10 };
    folder.log({ kind: 'step', stage: 'l0-training', step: 2, epoch: 1, ...measured });
    folder.log({ kind: 'projection', kept: 2, nonzero: 2 });
    await folder.rewind({ stage: 'fixed-mask', step: 1 });
    expect(await folder.metrics()).toHaveLength(2);
    expect(await readdir(join(folder.path, 'checkpoint'))).toEqual([]);
    await folder.rewind({ stage: 'l0-training', step: 1 });
    expect(await folder.metrics()).toEqual([]);
  });

  it('names a line of metrics that is none, and leaves out the last one if it is cut', async () => {
    await folder.create(config);
    const line = '{"kind":"projection","kept":2,"nonzero":2}\n';
    const file = folder.file('metrics.jsonl');
    await writeFile(file, `${line}{"kind":"step","stage":"fixed-ma`);
    expect(await folder.metrics()).toHaveLength(1);
    for (const broken of ['{"kind":"st', 'null', '7', '[]', '{}', '{"kind":"step"}', '['.repeat(100_000)]) {
      await writeFile(file, `${line}${broken}\n${line}`);
      await expect(folder.metrics()).rejects.toThrow(
        `${file}:2: not a line of a run's metrics; delete the line`,
      );
    }
  });

  it("has a file for each of MNLI's dev splits", () => {
    expect(folder.answers('predictions.tsv', 'dev')).toBe(folder.file('predictions.tsv'));
    expect(folder.answers('predictions.tsv', 'dev_matched')).toBe(folder.file('predictions.tsv'));
    expect(folder.answers('predictions.tsv', 'dev_mismatched')).toBe(
      folder.file('predictions-mismatched.tsv'),
    );
  });
});
