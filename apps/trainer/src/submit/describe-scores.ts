import { glueScore, glueTasks, tableAverage, taskScore, type Average } from '@diffprune/glue';
import type { GlueRun } from './read-runs.ts';

/** A table of what runs score on their dev splits, in the order of GLUE's tasks, and the averages over them, as lines. */
export function describeDevScores(runs: readonly GlueRun[]): string[] {
  const inOrder = glueTasks.flatMap((task) => runs.filter((run) => run.task === task));
  const rows = inOrder.map(({ task, scores, path }) => {
    const score = taskScore(task, scores);
    const metrics = Object.entries(scores).flatMap(([split, metrics]) =>
      Object.entries(metrics).map(([metric, value]) => {
        const part = split === 'dev' ? '' : `${split.replace('dev_', '')} `;
        return `${part}${metric} ${value.toFixed(4)}`;
      }),
    );
    return [task.folder, score?.toFixed(4) ?? '–', metrics.join(', ') || 'none in the diff', path];
  });
  const table = [['task', 'dev score', 'mean of', 'run'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => row.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  '));
  const all = Object.fromEntries(runs.map(({ task, scores }) => [task.name, scores]));
  const glue = glueScore(all);
  const papers = tableAverage(all);
  return [
    ...lines,
    `${glue.missing.length === 0 ? 'GLUE score of the dev splits' : 'mean'}: ${describe(glue, 'tasks', 9)}`,
    `the papers' average: ${describe(papers, 'columns', 9)}, without WNLI, of F1 and Spearman's correlation where there are two metrics`,
  ];
}

function describe({ value, over, missing }: Average, unit: string, all: number): string {
  if (over.length === 0) return `over none of ${all} ${unit}`;
  const lacking = missing.length === 0 ? `over all ${all} ${unit}` : `over ${over.length} of ${all} ${unit}`;
  return `${value.toFixed(4)} ${lacking}`;
}
