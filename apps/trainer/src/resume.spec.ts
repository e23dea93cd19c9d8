import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { defaultMethod, findMethod, methodNames, optionsOf } from '@diffprune/training';
import { createWorkshop, repeatable, runCli, type Outcome, type Workshop } from './cli.fixture.ts';
import { trainCommand } from './commands/train-command.ts';
import { parseMetrics } from './run-folder/metrics-log.ts';
import { lockFolder } from './run-folder/run-lock.ts';
import { runTraining, type TrainArguments } from './train/train-run.ts';

/** Milliseconds for a test: each runs many programs, one after the other. */
const patience = 300_000;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await createWorkshop();
});
afterAll(() => rm(workshop.folder, { recursive: true }));

/** Two steps in each stage, a checkpoint and a line of metrics for each; values that are stored rounded. */
const short = [
  ...['--density', '0.01', '--max-steps', '2', '--save-steps', '1', '--log-steps', '1'],
  ...['--values', 'int8'],
];
/** Long enough to be stopped on the way. */
const long = ['--density', '0.01', '--epochs', '12', '--fixed-mask-epochs', '1', '--save-steps', '1000'];

function train(run: string, ...more: string[]): string[] {
  return [...workshop.train, '--out', join(workshop.folder, run), ...more];
}

/** What must be the same in the folders of equal runs. */
async function results(run: string): Promise<unknown> {
  const read = (name: string) => readFile(join(workshop.folder, run, name));
  const metrics = parseMetrics(String(await read('metrics.jsonl')), 'metrics.jsonl');
  return {
    diff: (await read('opinion.sdiff')).toString('hex'),
    predictions: String(await read('predictions.tsv')),
    report: repeatable(String(await read('report.html'))),
    metrics: metrics.map((line) => ({ ...line, examplesPerSecond: undefined })),
  };
}

function expectCode(outcome: Outcome, code: number): void {
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code, stderr: outcome.stderr });
}

/** Trains to the end within this process: a program of its own takes several times as long, most of it to start. */
async function trainHere(args: readonly string[]): Promise<void> {
  const streams = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockReturnValue(true),
  );
  let code: number | undefined;
  const command = trainCommand().action(async (given: TrainArguments) => {
    code = await runTraining(given);
  });
  try {
    await command.parseAsync(args.slice(1), { from: 'user' });
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
  expect(code).toBe(0);
}

it(
  'ends in the same bytes when it is run twice, and when it is killed at every turn and has fewer threads or more',
  async () => {
    await trainHere(train('once', ...short));
    expectCode(await runCli(train('twice', ...short)), 0);
    const once = await results('once');
    expect(await results('twice')).toEqual(once);

    const deaths = [
      'before config.json#1',
      'after config.json#1',
      'within metrics.jsonl#1', // the line of the first step
      'before state.safetensors#1',
      'after state.safetensors#2', // both steps of the first stage are saved now
      'within metrics.jsonl#2', // the line of the projection, after that of the evaluation
      'after state.safetensors#1', // the first step of the second stage
      'before state.safetensors#1',
      'before opinion.sdiff#1', // without scores
      'after opinion.sdiff#1',
      'within metrics.jsonl#2', // the line of the stored diff, after that of the evaluation
      'before opinion.sdiff#2', // with the scores of the stored diff
      'after opinion.sdiff#2',
      'before predictions.tsv#1',
      'after predictions.tsv#1',
      'before report.html#1',
    ];
    for (const [i, crashAt] of deaths.entries()) {
      const threads = i < 2 ? [] : ['--threads', String(1 + (i % 3))]; // from its config.json on
      const given = train('killed', ...short, '--resume', ...threads);
      const { signal, stderr } = await runCli(given, { crashAt });
      expect({ crashAt, signal, stderr }).toEqual({ crashAt, signal: 'SIGKILL', stderr });
    }
    const out = join(workshop.folder, 'killed');
    await trainHere(['train', '--out', out, '--resume']);
    expect(await results('killed')).toEqual(once);

    const finished = await runCli(['train', '--out', out, '--resume']);
    expectCode(finished, 0);
    expect(finished.stdout).toContain('is finished');
  },
  patience,
);

/** Moments of which each method dies at one. */
const moments = ['after state.safetensors#1', 'within metrics.jsonl#2', 'before opinion.sdiff#1'];
const others = methodNames.filter((method) => method !== defaultMethod);

it.each(others.map((method, i) => [method, moments[i % moments.length]!] as const))(
  'ends in the same bytes when %s is killed %s',
  async (method, crashAt) => {
    const { sparse } = findMethod(method);
    const density = Object.hasOwn(optionsOf(method), 'density') ? ['--density', '0.01'] : [];
    const options = [
      ...['--method', method, ...density, ...(sparse ? ['--values', 'int8'] : [])],
      ...['--max-steps', '2', '--save-steps', '1', '--log-steps', '1'],
    ];
    await trainHere(train(method, ...options));
    expect(await runCli(train(`killed-${method}`, ...options), { crashAt })).toMatchObject({
      signal: 'SIGKILL',
    });
    const resume = ['--out', join(workshop.folder, `killed-${method}`), '--resume', '--log-steps', '1'];
    await trainHere(['train', ...resume]);
    expect(await results(`killed-${method}`)).toEqual(await results(method));
  },
  patience,
);

it(
  'saves and says how to go on when a signal comes, and ends in the same bytes',
  async () => {
    await trainHere(train('unstopped', ...long));
    const out = join(workshop.folder, 'stopped');
    const stopped = await runCli(train('stopped', ...long), { signal: 'SIGINT', signalAt: 'l0-training 1/' });
    expectCode(stopped, 130);
    expect(stopped.stderr).toContain(`train --out ${out} --resume`);
    const again = await runCli(['train', '--out', out, '--resume'], {
      signal: 'SIGTERM',
      signalAt: 'l0-training ',
    });
    expectCode(again, 143);
    expect(again.stderr).toMatch(/going on at step \d+ of l0-training/);
    await trainHere(['train', '--out', out, '--resume']);
    expect(await results('stopped')).toEqual(await results('unstopped'));
  },
  patience,
);

it(
  'keeps its diff where its end fails, says where it is, and comes to the same end when it goes on',
  async () => {
    const out = join(workshop.folder, 'unpredicted');
    const failed = await runCli(train('unpredicted', ...short), { crashAt: 'fail before predictions.tsv' });
    expectCode(failed, 2);
    const diff = join(out, 'opinion.sdiff');
    const evaluate = ['evaluate', '--base', workshop.base, '--diff', diff, '--data', workshop.data];
    const resume = ['train', '--out', out, '--resume'];
    expect(failed.stderr).toContain(
      `what was learnt is in ${diff}. Get its scores with:\n  diffprune-train ${evaluate.join(' ')}\n` +
        `or all that is missing with:\n  diffprune-train ${resume.join(' ')}\n` +
        `error: ${join(out, 'predictions.tsv')}: the disk is full\n`,
    );
    expect((await runCli(evaluate)).stdout).toContain('dev: accuracy');
    await trainHere(resume);
    expect(await results('unpredicted')).toEqual(await results('once'));
  },
  patience,
);

it(
  'keeps its checkpoint where the diff cannot be written, and refuses what could not be written or read later',
  async () => {
    const out = join(workshop.folder, 'undiffed');
    const failed = await runCli(train('undiffed', ...short), { crashAt: 'fail before opinion.sdiff' });
    expectCode(failed, 2);
    const resume = ['train', '--out', out, '--resume'];
    expect(failed.stderr).toContain(
      `the last checkpoint is kept. Go on with:\n  diffprune-train ${resume.join(' ')}`,
    );

    await mkdir(join(out, 'report.html'));
    const blocked = await runCli(resume);
    expectCode(blocked, 2);
    expect(blocked.stderr).toContain(`${join(out, 'report.html')} is a folder; give it a file`);
    await rm(join(out, 'report.html'), { recursive: true });

    const checkpoint = join(out, 'checkpoint/state.safetensors');
    const whole = await readFile(checkpoint, 'latin1');
    await writeFile(checkpoint, whole.replaceAll('classifier.weight', 'classifier.wheels'), 'latin1');
    const damaged = await runCli(resume);
    expectCode(damaged, 2);
    expect(damaged.stderr).toContain(
      `error: ${checkpoint}: the checkpoint's classifier.weight has no entries`,
    );
    expect(damaged.stderr).toContain(
      'the checkpoint is damaged: delete it, and --resume begins the run again',
    );
    await writeFile(checkpoint, whole, 'latin1');
    await trainHere(resume);
    expect(await results('undiffed')).toEqual(await results('once'));
  },
  patience,
);

it('refuses a folder in which another program works', async () => {
  const out = join(workshop.folder, 'shared');
  const [train, pretrain] = await lockFolder(out, () =>
    Promise.all([
      runCli([...workshop.train, '--out', out]),
      runCli(['pretrain', '--corpus', join(workshop.data, 'train.tsv'), '--out', out]),
    ]),
  );
  for (const { code, stderr } of [train, pretrain]) {
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is in use: process') });
  }
});
