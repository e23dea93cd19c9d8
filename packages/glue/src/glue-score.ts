import type { MetricName } from '@diffprune/evaluators';
import { glueTasks } from './glue-tasks.ts';
import type { Task } from './task.ts';
import { devSplits } from './task.ts';

/** What a model scores on a task: the values of its metrics, by split. */
export type TaskScores = Readonly<Record<string, Readonly<Partial<Record<MetricName, number>>>>>;

/** Scores of several tasks, by their names. */
export type GlueScores = Readonly<Record<string, TaskScores>>;

/** An average over some of GLUE's tasks, or columns of them. */
export interface Average {
  readonly value: number;
  /** Names of what it is over. */
  readonly over: readonly string[];
  /** Names of what it lacks. */
  readonly missing: readonly string[];
}

/**
 * A task's score as GLUE's leaderboard counts it (Wang et al. 2019): the mean of its metrics — of F1 and
 * accuracy for MRPC and QQP, of Pearson and Spearman for STS-B — and of MNLI's matched and mismatched sets.
 *
 * @returns undefined unless all metrics of all dev splits are there
 */
export function taskScore(task: Task, scores: TaskScores): number | undefined {
  const values = devSplits(task).map((split) => mean(task.metrics.map((metric) => scores[split]?.[metric])));
  return mean(values);
}

/**
 * The GLUE score: the mean over the nine tasks, WNLI among them, each as {@link taskScore} has it. The diagnostic set,
 * AX, is no part of it. Of tasks that are missing it says so, and is no GLUE score then.
 */
export function glueScore(scores: GlueScores): Average {
  return average(glueTasks.map((task) => [task.folder, taskScore(task, scores[task.name] ?? {})]));
}

/** The metric that stands for a task with two of them in the papers' tables. */
const tableMetrics: Readonly<Record<string, MetricName>> = { mrpc: 'f1', qqp: 'f1', stsb: 'spearman' };

/**
 * The average in the tables of Devlin et al. 2019 (table 1), Houlsby et al. 2019 and Guo et al. 2021 (table 2): over the
 * columns of all tasks but WNLI, MNLI's two sets being a column each, with F1 for MRPC and QQP and Spearman's
 * correlation for STS-B. Guo et al.'s table 1 leaves QNLI out besides.
 */
export function tableAverage(scores: GlueScores): Average {
  const columns = glueTasks
    .filter(({ name }) => name !== 'wnli')
    .flatMap((task) => {
      const metric = tableMetrics[task.name] ?? task.metrics[0]!;
      return devSplits(task).map((split) => {
        const column = split === 'dev' ? task.folder : `${task.folder} ${split.replace('dev_', '')}`;
        return [column, scores[task.name]?.[split]?.[metric]] as const;
      });
    });
  return average(columns);
}

function average(parts: readonly (readonly [string, number | undefined])[]): Average {
  const found = parts.filter(([, value]) => value !== undefined);
  const missing = parts.filter(([, value]) => value === undefined);
  return {
    value: mean(found.map(([, value]) => value)) ?? 0,
    over: found.map(([name]) => name),
    missing: missing.map(([name]) => name),
  };
}

/** Undefined unless all values are there. */
function mean(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return values.length === 0 ? undefined : sum / values.length;
}
