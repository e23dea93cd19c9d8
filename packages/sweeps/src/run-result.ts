import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, parseJson } from '@diffprune/files';
import { readJson, readText } from '@diffprune/files/node';
import { inspectFile } from '@diffprune/sparse-diff/node';
import type { RunResult, Scores } from './summarize.ts';

/** An evaluation among the lines of `metrics.jsonl`. */
interface EvaluationLine {
  readonly kind: string;
  readonly splits: Readonly<Record<string, { readonly scores: Scores; readonly main: number }>>;
  readonly samples?: Readonly<Record<string, NonNullable<RunResult['samples']>>>;
}

interface ProjectionLine {
  readonly kind: string;
  readonly kept: number;
  readonly nonzero: number;
  readonly expectedDensity?: number;
}

/**
 * What the folder of a finished run says. The score is that of the evaluation which the diff's manifest has; of several
 * dev splits, as MNLI has, it is the mean, and the metrics are those of the first.
 *
 * @throws FileError for a folder that is no finished run's; what reading its files throws
 */
export async function readRunResult(folder: string): Promise<RunResult> {
  const config = join(folder, 'config.json');
  const { settings } = (await readJson(config)) as { readonly settings?: { readonly task?: unknown } };
  if (typeof settings?.task !== 'string') throw new FileError(config, 'it describes no training run');
  const diff = join(folder, `${settings.task}.sdiff`);
  const [{ size }, { manifest }] = await Promise.all([stat(diff), inspectFile(diff)]);
  const path = join(folder, 'metrics.jsonl');
  const lines = (await readText(path, Infinity)).trimEnd().split('\n').map((line) => parseJson(line)); // prettier-ignore
  const isOfDiff = ({ splits }: EvaluationLine): boolean =>
    Object.entries(splits).every(([split, { scores }]) =>
      Object.entries(scores).every(([metric, value]) =>
        Object.is(manifest.metrics[`${split}/${metric}`], value),
      ),
    );
  const evaluation = (lines as EvaluationLine[]).findLast(
    (line) => (line.kind === 'evaluation' || line.kind === 'stored') && isOfDiff(line),
  );
  if (evaluation === undefined) throw new FileError(path, `it has no evaluation of ${diff}`);
  const splits = Object.entries(evaluation.splits);
  const [first, { scores }] = splits[0]!;
  const sampled = evaluation.samples?.[first];
  const projection = (lines as ProjectionLine[]).find(({ kind }) => kind === 'projection');
  return {
    score: splits.reduce((sum, [, { main }]) => sum + main, 0) / splits.length,
    scores,
    ...(sampled && { samples: sampled }),
    ...{ bytes: size, changed: manifest.density },
    ...(projection && {
      ...(projection.expectedDensity !== undefined && { expectedDensity: projection.expectedDensity }),
      ...{ kept: projection.kept, nonzero: projection.nonzero },
    }),
  };
}
