import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createWorkshop, runCli, type Outcome, type Workshop } from './cli.fixture.ts';
import { parseMetrics } from './metrics-log.ts';

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
const long = ['--density', '0.01', '--epochs', '12', '--fixed-mask-epochs', '12', '--save-steps', '1000'];

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
    report: String(await read('report.html')),
    metrics: metrics.map((line) => ({ ...line, examplesPerSecond: undefined })),
  };
}

function expectCode(outcome: Outcome, code: number): void {
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code, stderr: outcome.stderr });
}

it(
  'ends in the same bytes when it is run twice, and when it is killed at every turn',
  async () => {
    expectCode(await runCli(train('once', ...short)), 0);
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
      'before predictions.tsv#1',
      'within metrics.jsonl#2', // the line of the stored diff, after that of the evaluation
      'after predictions.tsv#1',
      'before report.html#1',
      'before opinion.sdiff#1',
    ];
    for (const crashAt of deaths) {
      const { signal, stderr } = await runCli(train('killed', ...short, '--resume'), { crashAt });
      expect({ crashAt, signal, stderr }).toEqual({ crashAt, signal: 'SIGKILL', stderr });
    }
    const out = join(workshop.folder, 'killed');
    expectCode(await runCli(['train', '--out', out, '--resume']), 0);
    expect(await results('killed')).toEqual(once);

    const finished = await runCli(['train', '--out', out, '--resume']);
    expectCode(finished, 0);
    expect(finished.stdout).toContain('is finished');
  },
  patience,
);

it(
  'saves and says how to go on when a signal comes, and ends in the same bytes',
  async () => {
    expectCode(await runCli(train('unstopped', ...long)), 0);
    const out = join(workshop.folder, 'stopped');
    const stopped = await runCli(train('stopped', ...long), { signal: 'SIGINT', signalAt: 'l0-training 1/' });
    expectCode(stopped, 130);
    expect(stopped.stderr).toContain(`train --out ${out} --resume`);
    const again = await runCli(['train', '--out', out, '--resume'], {
      signal: 'SIGTERM',
      signalAt: 'l0-training ',
    });
    expectCode(again, 143);
    expect(again.stderr).toMatch(/going on at step \d+ of stage 1/);
    expectCode(await runCli(['train', '--out', out, '--resume']), 0);
    expect(await results('stopped')).toEqual(await results('unstopped'));
  },
  patience,
);
