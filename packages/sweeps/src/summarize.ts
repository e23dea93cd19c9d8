import type { Options } from './sweep-file.ts';
import type { SweepRun } from './expand-sweep.ts';

export type Scores = Readonly<Record<string, number>>;

/** What came of a finished run. */
export interface RunResult {
  /** On the dev split, of the diff as it is stored: the task's main score and the metrics that it is the mean of. */
  readonly score: number;
  readonly scores: Scores;
  /** Of a random model, over several samples of it, that of `scores` among them. */
  readonly samples?: { readonly count: number; readonly mean: Scores; readonly deviation: Scores };
  /** Of the diff file. */
  readonly bytes: number;
  /** Part of the base that it changes, 0 to 1. */
  readonly changed?: number;
  /** E‖δ‖₀ / d at the projection, where there are gates, and how many of the entries kept were nonzero. */
  readonly expectedDensity?: number;
  readonly kept?: number;
  readonly nonzero?: number;
}

/** The scores of one line and task. */
export interface Cell {
  readonly task: string;
  /** Of the runs that are there, in the sweep's order. */
  readonly scores: readonly number[];
  readonly mean: number;
  /** Sample standard deviation; absent for a single run. */
  readonly deviation?: number;
  /** How many runs the sweep has of this line and task. */
  readonly wanted: number;
}

/** What runs have in common that differ in task and seed alone. */
export interface Line {
  readonly options: Options;
  /** Of the tasks of which there are runs. */
  readonly cells: readonly Cell[];
  /** Mean over the tasks of the cells' means; absent unless all runs are there. */
  readonly mean?: number;
  /** Means over all runs of the line. */
  readonly changed?: number;
  readonly bytes?: number;
}

/** A sweep's results by line and task. */
export interface Summary {
  readonly name: string;
  readonly description?: string;
  readonly tasks: readonly string[];
  /** The metrics that each task's score is the mean of, as far as runs are there. */
  readonly metrics: Readonly<Record<string, readonly string[]>>;
  readonly seeds: readonly string[];
  readonly lines: readonly Line[];
  /** Names of the runs that are not there. */
  readonly missing: readonly string[];
}

/**
 * Sums a sweep up over its seeds. It depends on the runs' results alone, not on when, where or in which order they ran.
 *
 * @param sweep its name and description
 * @param runs the sweep's, or some of them
 * @param resultOf what came of a run; undefined where it is not finished
 */
export function summarize(
  { name, description }: { readonly name: string; readonly description?: string },
  runs: readonly SweepRun[],
  resultOf: (run: SweepRun) => RunResult | undefined,
): Summary {
  const found = new Map(runs.map((run) => [run, resultOf(run)]));
  const tasks = unique(runs.map(({ task }) => task));
  const keyOf = ({ line }: SweepRun): string => JSON.stringify(Object.entries(line).sort());
  const metrics = tasks.flatMap((task) => {
    const [result] = runs.flatMap((run) => (run.task === task ? (found.get(run) ?? []) : []));
    return result === undefined ? [] : [[task, Object.keys(result.scores)] as const];
  });
  const lines = unique(runs.map(keyOf)).map((key): Line => {
    const members = runs.filter((run) => keyOf(run) === key);
    const cells = tasks.flatMap((task): Cell[] => {
      const wanted = members.filter((run) => run.task === task);
      const scores = wanted.flatMap((run) => found.get(run)?.score ?? []);
      if (scores.length === 0) return [];
      const deviation = deviationOf(scores);
      return [
        {
          ...{ task, scores, mean: meanOf(scores) },
          ...(deviation !== undefined && { deviation }),
          wanted: wanted.length,
        },
      ];
    });
    const results = members.flatMap((run) => found.get(run) ?? []);
    const changed = results.flatMap(({ changed }) => changed ?? []);
    return {
      ...{ options: members[0]!.line, cells },
      ...(cells.length === tasks.length &&
        results.length === members.length && { mean: meanOf(cells.map(({ mean }) => mean)) }),
      ...(changed.length > 0 && { changed: meanOf(changed) }),
      ...(results.length > 0 && { bytes: meanOf(results.map(({ bytes }) => bytes)) }),
    };
  });
  return {
    ...{ name, ...(description !== undefined && { description }), tasks },
    metrics: Object.fromEntries(metrics),
    seeds: unique(runs.flatMap(({ seed }) => seed ?? [])),
    lines,
    missing: runs.flatMap((run) => (found.get(run) === undefined ? [run.name] : [])),
  };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
