import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectFile } from '@diffprune/sparse-diff/node';
import { runName, type Run } from './matrices.ts';

type Scores = Readonly<Record<string, number>>;

/** A line of the results' file: a finished run, and what came of it. */
export interface Result extends Run {
  /** What the base is called; see `--name`. */
  readonly base: string;
  /** On the dev split after the last epoch: the task's main score and the metrics that it is the mean of. */
  readonly score: number;
  readonly scores: Scores;
  /** Of a random model, over several samples of it, that of `scores` among them. */
  readonly samples?: { readonly count: number; readonly mean: Scores; readonly deviation: Scores };
  /** Of the diff file. */
  readonly bytes: number;
  /** Part of the base that it changes; absent from lines that were written before this was kept. */
  readonly changed?: number;
  /** Of the run, evaluations included, as the clock on the wall has it; absent if it was stopped on the way. */
  readonly seconds?: number;
  /** E‖δ‖₀ / d at the projection, where there are gates, and how many of the entries kept were nonzero. */
  readonly expectedDensity?: number;
  readonly kept?: number;
  readonly nonzero?: number;
  /** The trainer's settings that tell one version's defaults from another's. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Settings that are kept with a result. */
const kept = [
  ...['epochs', 'fixedMaskEpochs', 'batchSize', 'maxLength', 'learningRate', 'fixedMaskLearningRate'],
  ...['warmup', 'initialLogOdds', 'l0Penalty', 'alphaLearningRate', 'groupPenalty', 'threads'],
  ...['distillation', 'temperature', 'pruningWarmup', 'pruningCooldown', 'scope', 'maskedWeights'],
  ...['scorePenalty', 'threshold', 'scoreLearningRate', 'maskLearningRate', 'initialSparsity', 'exclude'],
  ...['bottleneck', 'scorePull'],
] as const;

export function readResults(path: string): Result[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Result);
}

export function appendResult(path: string, result: Result): void {
  appendFileSync(path, `${JSON.stringify(result)}\n`);
}

export function nameOf(result: Result): string {
  return runName(result.base, result);
}

/**
 * What a finished run folder says.
 *
 * @param seconds that the run took, if it was not stopped on the way
 */
export async function collect(
  folder: string,
  base: string,
  run: Run,
  seconds: number | undefined,
): Promise<Result> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const { settings } = JSON.parse(await read('config.json')) as { settings: Record<string, unknown> };
  const metrics = (await read('metrics.jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { splits, samples } = metrics.findLast(({ kind }) => kind === 'evaluation');
  const { scores, main } = splits.dev;
  const projection = metrics.find(({ kind }) => kind === 'projection');
  const diff = join(folder, `${run.task}.sdiff`);
  const [{ size }, { manifest }] = await Promise.all([stat(diff), inspectFile(diff)]);
  return {
    ...{ base, ...run, score: main, scores, bytes: size, changed: manifest.density },
    ...(samples && { samples: samples.dev }),
    ...(seconds !== undefined && { seconds: Math.round(seconds) }),
    ...(projection && {
      ...(projection.expectedDensity !== undefined && { expectedDensity: projection.expectedDensity }),
      ...{ kept: projection.kept, nonzero: projection.nonzero },
    }),
    settings: Object.fromEntries(
      kept.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])),
    ),
  };
}
