import type { Evaluation } from '@diffprune/evaluators';
import type { Method } from '@diffprune/training';
import type { MetricsLine, ProjectionLine, StepLine } from '../run-folder/metrics-log.ts';
import { withFlags } from '../settings/settings.ts';

/** Where a split's score is no more than that of a constant prediction. */
export function warnOfScores(
  evaluations: Readonly<Record<string, Evaluation>>,
  constant: Readonly<Record<string, Evaluation>>,
): readonly string[] {
  const low = Object.keys(evaluations).filter((split) => evaluations[split]!.main <= constant[split]!.main);
  if (low.length === 0) return [];
  return [
    `the model scores no more on ${low.join(' and ')} than always giving the same answer does: ` +
      'train longer, or at another --learning-rate',
  ];
}

/**
 * What the method finds wrong with a run, by what was logged of it, each with what to try.
 *
 * @param constantLoss the training loss that a constant prediction has
 */
export function diagnose(
  method: Pick<Method, 'diagnose'>,
  lines: readonly MetricsLine[],
  constantLoss: number,
): readonly string[] {
  const found = method.diagnose?.({
    steps: lines.filter((line): line is StepLine => line.kind === 'step'),
    projection: lines.find((line): line is ProjectionLine => line.kind === 'projection'),
    constantLoss,
  });
  return (found ?? []).map(withFlags);
}
