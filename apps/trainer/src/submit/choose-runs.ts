import { InputError } from '@diffprune/command-line';
import { taskScore } from '@diffprune/glue';
import type { GlueRun } from './read-runs.ts';

/**
 * One run for each task, in their order.
 *
 * @param best whether, of several runs of a task, the one with the best dev score is meant; the first of equals
 * @param note takes a line on each choice
 * @throws InputError, naming the runs, for several runs of a task where `best` is not set, or one has no dev scores
 */
export function chooseRuns(
  runs: readonly GlueRun[],
  best: boolean,
  note: (text: string) => void,
): readonly GlueRun[] {
  const tasks = new Map<string, GlueRun[]>();
  for (const run of runs) tasks.set(run.task.name, [...(tasks.get(run.task.name) ?? []), run]);
  return [...tasks.values()].map((same) => (same.length === 1 ? same[0]! : chooseRun(same, best, note)));
}

function chooseRun(runs: readonly GlueRun[], best: boolean, note: (text: string) => void): GlueRun {
  const { folder: title } = runs[0]!.task;
  const paths = runs.map(({ path }) => path);
  if (!best) {
    throw new InputError(
      `${paths.join(' and ')} are runs of one task, ${title}; give one of them, or --best for the best dev score`,
    );
  }
  const scored = runs.map((run) => {
    const score = taskScore(run.task, run.scores);
    if (score !== undefined) return { run, score };
    throw new InputError(`${run.diff} has no dev scores to choose by; leave all but one run of ${title} out`);
  });
  const chosen = scored.reduce((first, other) => (other.score > first.score ? other : first));
  const all = scored.map(({ run, score }) => `${run.path} ${score.toFixed(4)}`);
  note(`${title}: ${chosen.run.path} has the best dev score of ${all.join(', ')}`);
  return chosen.run;
}
