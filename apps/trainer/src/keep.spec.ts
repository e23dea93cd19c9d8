import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readDiff } from '@diffprune/sparse-diff/node';
import { createWorkshop, runCli, type Workshop } from './cli.fixture.ts';
import { parseMetrics, type EvaluationLine } from './run-folder/metrics-log.ts';

/** Milliseconds for a test: each runs several programs, one after the other. */
const patience = 300_000;

let workshop: Workshop;
const at = (name: string): string => join(workshop.folder, name);
beforeAll(async () => {
  workshop = await createWorkshop();
});
afterAll(() => rm(workshop.folder, { recursive: true }));

async function train(run: string, ...options: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await runCli([...workshop.train, '--out', at(run), ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  return { stdout, stderr };
}

const metricsOf = async (run: string) =>
  parseMetrics(await readFile(at(`${run}/metrics.jsonl`), 'utf8'), run);

/** The evaluations of a run's last stage. */
async function evaluations(run: string): Promise<EvaluationLine[]> {
  const lines = (await metricsOf(run)).filter((line): line is EvaluationLine => line.kind === 'evaluation');
  return lines.filter(({ stage }) => stage === lines.at(-1)!.stage);
}

const scoreOf = ({ splits }: EvaluationLine): number => splits['dev']!.main;
const results = (run: string) =>
  Promise.all(
    ['opinion.sdiff', 'predictions.tsv'].map(async (name) =>
      (await readFile(at(`${run}/${name}`))).toString('base64'),
    ),
  );

// rates at which scores go up and down
const full = [
  '--method',
  'full',
  '--learning-rate',
  '0.02',
  '--epochs',
  '6',
  '--batch-size',
  '16',
  '--seed',
  '3',
];
const sparse = [
  '--density',
  '0.02',
  '--learning-rate',
  '0.02',
  '--fixed-mask-learning-rate',
  '0.05',
  '--epochs',
  '1',
  '--fixed-mask-epochs',
  '4',
];

it(
  'stores the best of a run, in the same bytes when it is killed, and says which it is',
  async () => {
    await train('last', ...full);
    const { stdout } = await train('best', ...full, '--keep', 'best');
    const all = await evaluations('last');
    const scores = all.map(scoreOf);
    const best = all[scores.indexOf(Math.max(...scores))]!;
    expect(best.step).toBeLessThan(all.at(-1)!.step); // or there is nothing to see
    expect((await evaluations('best')).map(({ candidate: _, ...line }) => line)).toEqual(all);
    const { manifest } = await readDiff(at('best/opinion.sdiff'));
    expect(manifest.metrics).toEqual({ 'dev/accuracy': scoreOf(best) });
    expect(manifest.hyperparameters).toMatchObject({ keep: 'best' });
    expect(manifest.annotations).toEqual({});
    expect(stdout).toContain(
      `kept: fine-tuning, epoch ${best.epoch}, the best of 6 evaluations by dev score\n`,
    );

    // predictions are those of what is stored
    const given = ['--base', workshop.base, '--diff', at('best/opinion.sdiff'), '--data', workshop.data];
    const evaluated = await runCli(['evaluate', ...given, '--predictions', at('again.tsv')]);
    expect(evaluated.stdout).toContain(`dev: accuracy ${scoreOf(best).toFixed(4)}`);
    expect(await readFile(at('again.tsv'), 'utf8')).toBe(await readFile(at('best/predictions.tsv'), 'utf8'));

    for (const [i, crashAt] of [
      'before best.sdiff#1',
      'after best.sdiff#1',
      'after state.safetensors#3',
      'before report.html#1',
    ].entries()) {
      const more = i === 0 ? ['--keep', 'best'] : ['--resume'];
      const { signal } = await runCli([...workshop.train, ...full, '--out', at('killed'), ...more], {
        crashAt,
      });
      expect([crashAt, signal]).toEqual([crashAt, 'SIGKILL']);
    }
    await train('killed', '--resume');
    expect(await results('killed')).toEqual(await results('best'));
    const other = await runCli([
      ...workshop.train,
      ...full,
      '--out',
      at('last'),
      '--resume',
      '--keep',
      'best',
    ]);
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--keep is best, but the run in'),
    });
  },
  patience,
);

it(
  'ends when dev scores have not risen for so long, after the projection alone, with rounded values, too',
  async () => {
    const options = [...sparse, '--values', 'int8'];
    await train('whole', ...options);
    const whole = await evaluations('whole');
    const scores = whole.map(scoreOf);
    const stop = scores.findIndex((score, i) => i > 0 && score <= Math.max(...scores.slice(0, i)));
    expect(stop).toBeLessThan(scores.length - 1);
    const { stderr } = await train('early', ...options, '--patience', '1', '--keep', 'best');
    const ended = await evaluations('early');
    expect(ended.map(({ candidate: _, ...line }) => line)).toEqual(whole.slice(0, stop + 1));
    const best = whole[scores.indexOf(Math.max(...scores.slice(0, stop)))]!;
    expect(stderr).toContain(
      `no better than at fixed-mask, epoch ${best.epoch}, the best of ${stop + 1} evaluations`,
    );
    expect((await readDiff(at('early/opinion.sdiff'))).manifest.hyperparameters).toMatchObject({
      patience: 1,
    });

    const crash = { crashAt: `after state.safetensors#${2 + stop}` };
    expect(
      await runCli(
        [...workshop.train, ...options, '--patience', '1', '--keep', 'best', '--out', at('stopped')],
        crash,
      ),
    ).toMatchObject({ signal: 'SIGKILL' });
    await train('stopped', '--resume');
    expect(await results('stopped')).toEqual(await results('early'));
  },
  patience,
);
