import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseParameters, parameterSize } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { parsePredictions } from '@diffprune/glue';
import { opinionTask } from '@diffprune/samples';
import { readDiff } from '@diffprune/sparse-diff/node';
import { copyBaseWith, createWorkshop, runCli, writeBase, type Workshop } from './cli.fixture.ts';

let workshop: Workshop;
let diff: string;
const short = ['--density', '0.01', '--max-steps', '3'];
const at = (name: string): string => join(workshop.folder, name);

beforeAll(async () => {
  workshop = await createWorkshop();
  diff = at('run/opinion.sdiff');
});
afterAll(() => rm(workshop.folder, { recursive: true }));

describe('train', () => {
  it('tells of a supermask what its stored sample and ten samples score, how sparse it is, and its seed', async () => {
    const options = ['--method', 'supermask', '--initial-sparsity', '0.3', '--seed', '7', '--max-steps', '2'];
    const { code, stdout, stderr } = await runCli([...workshop.train, '--out', at('mask'), ...options]);
    expect({ code, stderr }).toEqual({ code: 0, stderr });
    expect(stderr).toMatch(/mask-training 2\/2: epoch 1, loss 0\.\d+, sparsity (29|30)\.\d%/);
    const [first, second, third] = stdout.split('\n');
    expect(first).toMatch(/^Supermask on Opinion: dev: accuracy 0\.\d+ /);
    expect(second).toMatch(/^dev: accuracy 0\.\d{4} ± 0\.\d{4} over 10 samples$/);
    expect(third).toMatch(/^[\d,]+ of the base's [\d,]+ parameters set to 0 \(sparsity 0\.(29|30)\d+\)$/);

    const { manifest, tensors } = await readDiff(at('mask/opinion.sdiff'));
    expect(manifest).toMatchObject({ method: 'supermask', hyperparameters: { seed: 7, exclude: 'none' } });
    const changes = tensors.filter(({ name }) => name.startsWith('bert.'));
    expect(new Set(changes.map(({ operation }) => operation))).toEqual(new Set(['zero']));
    const entries = changes.reduce((sum, { positions }) => sum + positions.length, 0);
    expect(manifest.density).toBe(entries / manifest.base.parameters);

    const last = (await readFile(at('mask/metrics.jsonl'), 'utf8')).trimEnd().split('\n').at(-1)!;
    const { kind, splits, samples } = JSON.parse(last);
    expect([kind, samples.dev.count]).toEqual(['evaluation', 10]);
    expect(splits.dev.scores.accuracy).toBe(manifest.metrics['dev/accuracy']);
    expect(second).toContain(samples.dev.mean.accuracy.toFixed(4));
    expect(await readFile(at('mask/report.html'), 'utf8')).toContain(
      `<td>dev</td><td>${second!.slice('dev: '.length)}</td>`,
    );
  });

  it('trains through all stages and leaves the run folder', async () => {
    const { code, stdout, stderr } = await runCli([...workshop.train, '--out', at('run'), ...short]);
    expect({ code, stderr }).toEqual({ code: 0, stderr });
    expect(stderr).toMatch(/l0-training 3\/3: epoch 1, loss 0\.\d+, expected density \d+\.\d%/);
    expect(stderr).toMatch(/fixed-mask 3\/3: /);
    expect(stdout).toMatch(
      /Structured diff pruning on Opinion: dev: accuracy 0\.\d+ \(the most frequent class: dev: accuracy 0\.5000\)/,
    );
    const names = [
      'checkpoint',
      'config.json',
      'metrics.jsonl',
      'opinion.sdiff',
      'predictions.tsv',
      'report.html',
    ];
    expect((await readdir(at('run'))).sort()).toEqual(names);

    const { manifest, tensors } = await readDiff(diff);
    const { config } = await loadCheckpoint(workshop.base);
    const d = baseParameters(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
    const entries = tensors.reduce((sum, { positions }) => sum + positions.length, 0);
    expect(entries).toBe(Math.floor(0.01 * d));
    expect(manifest).toMatchObject({
      task: 'opinion',
      labels: opinionTask.labels,
      head: 'classification',
      texts: 1,
    });
    expect(manifest.hyperparameters).toMatchObject({
      maxLength: 32,
      maxSteps: 3,
      seed: 42,
      groupPenalty: 'sum',
    });

    const predictions = parsePredictions(
      await readFile(at('run/predictions.tsv')),
      'predictions.tsv',
      opinionTask,
    );
    expect(predictions).toHaveLength(30);
    const report = await readFile(at('run/report.html'), 'utf8');
    expect(report.match(/<svg/g)).toHaveLength(8);
    expect(report).not.toMatch(/(src|href)=/);
  });

  it('gives the same bytes on any number of threads, and says where they cannot be had', async () => {
    const expected = await readFile(diff);
    for (const [threads, koffi] of [
      [1, true],
      [3, true],
      [3, false],
    ] as const) {
      const out = at(`threads-${threads}-${koffi}`);
      const given = [...workshop.train, '--out', out, ...short, '--threads', String(threads)];
      const { code, stderr } = await runCli(given, { koffi });
      expect({ code, stderr }).toEqual({ code: 0, stderr });
      const warning =
        'kernels run on one thread instead of 3, with equal results but slower: koffi does not load';
      expect(stderr.includes(warning)).toBe(!koffi);
      expect((await readFile(join(out, 'opinion.sdiff'))).equals(expected)).toBe(true);
    }
  });

  it('trains on the first rows of the training split as on a file that ends with them', async () => {
    const cut = at('cut');
    await mkdir(cut);
    const lines = (await readFile(join(workshop.data, 'train.tsv'), 'utf8')).split('\n');
    await writeFile(join(cut, 'train.tsv'), `${lines.slice(0, 41).join('\n')}\n`);
    await copyFile(join(workshop.data, 'dev.tsv'), join(cut, 'dev.tsv'));
    const train = (name: string, ...more: string[]) =>
      runCli([...workshop.train, '--out', at(name), '--method', 'last-layer', '--max-steps', '2', ...more]);
    for (const [name, ...more] of [
      ['of-cut', '--data', cut],
      ['first-rows', '--train-rows', '40'],
    ] as const) {
      const { code, stderr } = await train(name, ...more);
      expect({ code, stderr }).toEqual({ code: 0, stderr });
      expect(stderr).toContain('train: 40 examples');
    }
    const diffOf = (name: string) => readFile(at(`${name}/opinion.sdiff`));
    expect((await diffOf('first-rows')).equals(await diffOf('of-cut'))).toBe(true);
    const config = JSON.parse(await readFile(at('first-rows/config.json'), 'utf8'));
    expect(config.settings.trainRows).toBe(40);
    const { code, stderr } = await train('too-many', '--train-rows', '91');
    expect(code).toBe(2);
    expect(stderr).toContain(`--train-rows is 91, but ${workshop.data} has 90 rows in its train split`);
  });

  it('trains the other methods', async () => {
    for (const method of ['last-layer', 'non-adaptive-diff-pruning']) {
      const density = method === 'last-layer' ? [] : ['--density', '0.01'];
      const args = [
        ...workshop.train,
        '--out',
        at(method),
        '--method',
        method,
        '--max-steps',
        '1',
        ...density,
      ];
      const { code, stderr } = await runCli(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr });
    }
    const { manifest, tensors } = await readDiff(at('last-layer/opinion.sdiff'));
    expect(tensors.every(({ operation }) => operation === 'replace-dense')).toBe(true);
    expect(tensors.some(({ name }) => name.startsWith('bert.embeddings'))).toBe(false);
    expect(manifest.density).toBeGreaterThan(0);
  });

  it('says what to do where gates close too soon', async () => {
    const closed = [
      '--l0-penalty',
      '1',
      '--alpha-learning-rate',
      '3',
      '--density',
      '0.5',
      '--max-steps',
      '12',
    ];
    const { code, stdout, stderr } = await runCli([...workshop.train, '--out', at('closed'), ...closed]);
    expect({ code, stderr }).toEqual({ code: 0, stderr });
    const advice = /warning: at the projection nothing was nonzero: .* with --l0-penalty, lower it/;
    expect(stderr).toMatch(advice);
    expect(stdout).toMatch(advice);
    expect(stdout).toContain('warning: the model scores no more on dev than always giving the same answer');
    expect(await readFile(at('closed/report.html'), 'utf8')).toContain(
      '<p class="warning">at the projection',
    );
  });
});

describe('evaluate', () => {
  const evaluate = (...more: string[]) => [
    'evaluate',
    '--base',
    workshop.base,
    '--data',
    workshop.data,
    '--diff',
    diff,
    ...more,
  ];

  it('gives the scores and predictions of the training', async () => {
    const file = at('evaluated.tsv');
    const { code, stdout, stderr } = await runCli(evaluate('--predictions', file));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { manifest } = await readDiff(diff);
    expect(stdout).toContain(`dev: accuracy ${(manifest.metrics['dev/accuracy'] as number).toFixed(4)}`);
    const [trained, evaluated] = await Promise.all(
      [at('run/predictions.tsv'), file].map(async (path) => {
        return parsePredictions(await readFile(path), path, opinionTask);
      }),
    );
    expect(evaluated!.map(({ value }) => value)).toEqual(trained!.map(({ value }) => value));
    evaluated!.forEach(({ probabilities }, i) => {
      expect(probabilities![0]).toBeCloseTo(trained![i]!.probabilities![0]!, 6);
    });
  });

  it('writes a submission', async () => {
    const file = at('submission.tsv');
    const { code } = await runCli(evaluate('--split', 'train', '--submission', file));
    expect(code).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/^index\tprediction\n0\t(negative|positive)\n/);
  });

  it('refuses a wrong base and a damaged diff', async () => {
    await writeBase(at('other-base'), { seed: 2 });
    await writeFile(at('cut.sdiff'), (await readFile(diff)).subarray(0, 500));
    const wrong = await runCli(evaluate('--base', at('other-base')));
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/opinion\.sdiff, base .*other-base: the diff is for .* fingerprint/),
    });
    const cut = await runCli(evaluate('--diff', at('cut.sdiff')));
    expect(cut).toMatchObject({
      code: 2,
      stderr: `error: ${at('cut.sdiff')}: the file is cut short (at byte 500)\n`,
    });
    const missing = await runCli(evaluate('--diff', at('none.sdiff')));
    expect(missing).toMatchObject({
      code: 2,
      stderr: `error: ${at('none.sdiff')}: no such file or folder\n`,
    });
    const task = await runCli(evaluate('--task', 'similarity'));
    expect(task).toMatchObject({ code: 2, stderr: expect.stringContaining('similarity is a regression') });
  });
});

describe('input that cannot be used', () => {
  /** Expects exit code 2, these words, no stack trace and no run folder. */
  async function refused(words: string, ...args: string[]): Promise<void> {
    const { code, stderr } = await runCli([...workshop.train, '--out', at('refused'), ...short, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
    expect(stderr).not.toMatch(/^ +at /m);
    await expect(readdir(at('refused'))).rejects.toThrow('ENOENT');
  }

  it('refuses options that are wrong', async () => {
    await refused('--density must be above 0 and at most 1, not 0', '--density', '0');
    await refused('--density must be above 0 and at most 1, not 1.5', '--density', '1.5');
    await refused("argument 'many' is invalid. Expected a number.", '--epochs', 'many');
    await refused("unknown option '--densty'", '--densty', '0.1');
    await refused('unknown task "sst3"; known tasks: cola, sst2', '--task', 'sst3');
    await refused('unknown method "magic"; known methods: structured-diff-pruning', '--method', 'magic');
    await refused('--density has no meaning for method full', '--method', 'full');
    await refused("argument 'int7' is invalid", '--values', 'int7');
    await refused('--max-length must be a whole number from 5 to 64', '--max-length', '65');
    await refused("there is no engine 'abacus'", '--engine', 'abacus');
  });

  it('refuses to round the values of a method that stores them densely', async () => {
    const full = ['--out', at('refused'), '--method', 'full', '--values', 'int8'];
    const { code, stderr } = await runCli([...workshop.train, ...full]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--values has no meaning for method full'),
    });
  });

  it('refuses a base that is missing, cut short, lying, or of another vocabulary', async () => {
    const weights = await readFile(join(workshop.base, 'model.safetensors'));
    await refused(`${at('nowhere')}: there is no such folder`, '--base', at('nowhere'));
    await copyBaseWith(workshop.base, at('cut'), weights.subarray(0, weights.length - 4));
    await refused('it is cut short', '--base', at('cut'));
    const lying = Buffer.from(weights);
    lying.writeBigUInt64LE(2n ** 40n);
    await copyBaseWith(workshop.base, at('lying'), lying);
    await refused('the header claims 1099511627776 bytes', '--base', at('lying'));
    await writeBase(at('few-words'), { vocabSize: 50 });
    await refused('but the model has only 50 words', '--base', at('few-words'));
    await copyBaseWith(workshop.base, at('wordless'), weights);
    await rm(at('wordless/vocab.txt'));
    await refused('neither tokenizer.json nor vocab.txt is there', '--base', at('wordless'));
  });

  it('refuses data that are missing, lack a column or have an unknown label', async () => {
    await refused('there is no such folder', '--data', at('nowhere'));
    for (const [name, text] of [
      ['column', 'sentence\tfeeling\ngood\tpositive\n'],
      ['label', 'sentence\tlabel\ngood\tpositive\nso so\tneutral\n'],
    ] as const) {
      await mkdir(at(name));
      await writeFile(at(`${name}/train.tsv`), text);
    }
    await refused(`${at('column')}/train.tsv:1: no column "label"`, '--data', at('column'));
    await refused(`${at('label')}/train.tsv:3: unknown label "neutral"`, '--data', at('label'));
  });

  it('refuses a folder that holds another run or other files', async () => {
    const again = await runCli([...workshop.train, '--out', at('run'), ...short]);
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('already holds a run (opinion, structured-diff-pruning)'),
    });
    const other = await runCli([...workshop.train, '--out', at('run'), '--resume', '--learning-rate', '0.5']);
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--learning-rate is 0.5, but the run'),
    });
    const input = await runCli([...workshop.train, '--out', workshop.data, ...short]);
    expect(input).toMatchObject({
      code: 2,
      stderr: `error: --out: ${workshop.data} is the folder that --data reads; give it another\n`,
    });
    const files = await runCli([...workshop.train, '--out', workshop.folder, ...short]);
    expect(files).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds files that are no training run'),
    });
    const base = await runCli([...workshop.train, '--out', workshop.base, '--base', 'other', ...short]);
    expect(base).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('does not describe a training run'),
    });
    const nothing = await runCli(['train', '--out', at('empty'), '--resume']);
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('--task is missing') });
  });

  it('refuses to go on over other data', async () => {
    await runCli([...workshop.train, '--out', at('begun'), ...short]);
    await rm(at('begun/opinion.sdiff'));
    await mkdir(at('shorter'));
    for (const name of ['train.tsv', 'dev.tsv']) {
      const lines = (await readFile(join(workshop.data, name), 'utf8')).split('\n');
      await writeFile(at(`shorter/${name}`), lines.toSpliced(5, 1).join('\n'));
    }
    const { code, stderr } = await runCli([
      'train',
      '--out',
      at('begun'),
      '--resume',
      '--data',
      at('shorter'),
    ]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('began with other train data (--data)'),
    });
  });
});
