import { evaluate } from '@diffprune/evaluators';
import type { Task } from '@diffprune/glue';

/** The score of always giving the most frequent class of these labels, or, in a regression, their mean. */
export function majorityScore(task: Task, labels: readonly number[]): number {
  const constant = task.problemType === 'regression' ? mean(labels) : mostFrequent(labels);
  return evaluate(
    task.metrics,
    labels.map(() => constant),
    labels,
  ).main;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
