import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTokenizer } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { generateTask } from '@diffprune/samples';
import { createWorkshop, runCli, type Outcome, type Workshop } from './cli.fixture.ts';
import { parseMetrics } from './run-folder/metrics-log.ts';

/** Milliseconds for a test: each runs several programs, one after the other. */
const patience = 300_000;

let workshop: Workshop;
const at = (name: string): string => join(workshop.folder, name);
beforeAll(async () => {
  workshop = await createWorkshop();
  const { train, dev } = generateTask('opinion', { seed: 3, trainRows: 300, devRows: 100 });
  const sentences = (rows: string) =>
    rows
      .split('\n')
      .slice(1)
      .map((row) => row.split('\t')[0]);
  await writeFile(at('corpus.txt'), sentences(train).join('\n'));
  await writeFile(at('held-out.txt'), sentences(dev).join('\n'));
});
afterAll(() => rm(workshop.folder, { recursive: true }));

const size = ['--vocabulary-size', '150', '--layers', '1', '--hidden', '32', '--intermediate', '64'];
const rows = ['--positions', '32', '--length', '32', '--batch-size', '8', '--log-steps', '1'];

function pretrain(run: string, ...more: string[]): string[] {
  const texts = ['--corpus', at('corpus.txt'), '--validation', at('held-out.txt')];
  return ['pretrain', ...texts, ...size, ...rows, '--out', at(run), ...more];
}

/** What must be the same in the folders of equal runs. */
async function results(run: string): Promise<unknown> {
  const metrics = parseMetrics(await readFile(at(`${run}/metrics.jsonl`), 'utf8'), 'metrics.jsonl');
  const model: Record<string, string> = {};
  for (const name of (await readdir(at(`${run}/model`))).sort()) {
    model[name] = (await readFile(at(`${run}/model/${name}`))).toString('hex');
  }
  return { model, metrics: metrics.map((line) => ({ ...line, examplesPerSecond: undefined })) };
}

function expectCode(outcome: Outcome, code: number): void {
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code, stderr: outcome.stderr });
}

it(
  'writes a model that learns, and ends in the same bytes when it is killed at every turn',
  async () => {
    const length = [
      '--steps',
      '40',
      '--evaluation-steps',
      '20',
      '--save-steps',
      '13',
      '--learning-rate',
      '5e-3',
    ];
    const once = await runCli(pretrain('once', ...length));
    expectCode(once, 0);
    expect(once.stdout).toMatch(
      /^held-out: loss \d\.\d+, accuracy 0\.\d+, next-sentence accuracy [01](\.\d+)?\nwritten: .*once\/model\n$/,
    );
    const { model, metrics } = (await results('once')) as {
      model: Record<string, string>;
      metrics: { loss?: number; splits?: Record<string, { scores: { loss: number } }> }[];
    };
    expect(Object.keys(model)).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
    expect(metrics).toHaveLength(42);
    const [early, late] = metrics.flatMap(({ splits }) => (splits ? [splits['held-out']!.scores.loss] : []));
    expect(early).toBeLessThan(Math.log(150)); // better than any of the words
    expect(late).toBeLessThan(early!);

    const { config, heads, tokenizerFiles } = await loadCheckpoint(at('once/model'));
    expect(heads).toEqual([{ kind: 'pretraining' }]);
    const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize);
    expect(tokenizer.size).toBe(config.vocabSize);
    expect(config).toMatchObject({ hiddenSize: 32, numHiddenLayers: 1, hiddenDropoutProb: 0.1 });

    const deaths = [
      'after vocab.txt#1',
      'before train.i32#1',
      'within metrics.jsonl#5',
      'after state.safetensors#2', // the second is that of step 20, before the evaluation
      'before model.safetensors#1',
    ];
    for (const [i, crashAt] of deaths.entries()) {
      const killed = await runCli(pretrain('killed', ...length, ...(i > 0 ? ['--resume'] : [])), { crashAt });
      expect({ crashAt, signal: killed.signal, stderr: killed.stderr }).toEqual({
        crashAt,
        signal: 'SIGKILL',
        stderr: killed.stderr,
      });
    }
    expectCode(await runCli(['pretrain', '--out', at('killed'), '--resume']), 0);
    expect(await results('killed')).toEqual({ model, metrics });
    expect(await readdir(at('killed/tokens'))).toEqual(['held-out.i32', 'train.i32']);
  },
  patience,
);

it(
  'stops at a signal, goes on, says so when it is done, and a second run goes on from its model',
  async () => {
    const run = pretrain('stopped', '--epochs', '40');
    const stopped = await runCli(run, { signal: 'SIGINT', signalAt: 'pretraining 1/' });
    expectCode(stopped, 130);
    expect(stopped.stderr).toContain(`diffprune-train pretrain --out ${at('stopped')} --resume`);
    expect((await runCli(run)).stderr).toContain(
      'already holds a pretraining run: go on with it by --resume',
    );
    const other = await runCli([...run, '--resume', '--seed', '7']);
    expect({ code: other.code, stderr: other.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--seed is 7, but the run') as string,
    });

    expectCode(await runCli(pretrain('first', '--steps', '2', '--half')), 0);
    const again = await runCli(pretrain('first', '--steps', '2', '--half', '--resume'));
    expect([again.code, again.stdout]).toEqual([
      0,
      `the run in ${at('first')} is finished: ${at('first/model')}\n`,
    ]);
    const texts = ['--corpus', at('corpus.txt'), '--length', '32', '--batch-size', '4', '--steps', '1'];
    expectCode(await runCli(['pretrain', ...texts, '--base', at('first/model'), '--out', at('second')]), 0);
    const [first, second] = await Promise.all(
      ['first', 'second'].map((name) => loadCheckpoint(at(`${name}/model`))),
    );
    expect(second!.tokenizerFiles).toEqual(first!.tokenizerFiles);
    for (const name of ['bert.embeddings.word_embeddings.weight', 'bert.pooler.dense.weight']) {
      const [before, after] = [first!, second!].map(({ tensors }) => tensors.get(name)!);
      const moved = after!.map((value, i) => Math.abs(value - before![i]!)).reduce((a, b) => Math.max(a, b));
      // one step of AdamW moves each number by the rate, and no further
      expect(moved).toBeGreaterThan(1e-4);
      expect(moved).toBeLessThan(1.1e-3);
    }
  },
  patience,
);

it.each([
  [['--corpus', 'missing.txt'], /missing\.txt: no such file or folder/],
  [['--length', '64'], /--length must be a whole number from 5 to 32, the positions of the model, not 64/],
  [['--heads', '3'], /"num_attention_heads" is 3, expected a divisor of "hidden_size", 32/],
  [
    ['--batch-size', '9999'],
    /does not fill a batch of 9999 rows of length 32; give more text, or a smaller --batch-size/,
  ],
])(
  'refuses %j',
  async (options, message) => {
    const outcome = await runCli(pretrain(`refused-${options.join('')}`, ...options));
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(message) as string,
    });
  },
  patience,
);
