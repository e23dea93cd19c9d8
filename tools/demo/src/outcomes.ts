import { formatTable } from './table.ts';
import type { Outcome } from './train-and-apply.ts';

/** One line: on how many rows two programs agree, and how far their numbers differ. */
export function describeAgreement({ task, agreement }: Outcome): string {
  const { rows, sameLabels, largestDifference } = agreement;
  return (
    `${task.name}: trainer and applier agree on ${sameLabels} of ${rows} rows; ` +
    `the largest difference of a number is ${largestDifference.toExponential(1)}`
  );
}

/** Whether two programs' predictions are the same, up to the last digits of single precision. */
export function agrees({ agreement: { rows, sameLabels, largestDifference } }: Outcome): boolean {
  return sameLabels === rows && largestDifference <= 1e-6;
}

/**
 * A line for each task.
 *
 * @param baseBytes size of the file with the base's weights
 */
export function tabulateOutcomes(outcomes: readonly Outcome[], baseBytes: number): string {
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  const rows = outcomes.map(({ task, manifest, diffBytes, score, majority }) => [
    ...[task.name, manifest.method, task.metrics.join('+'), score.toFixed(3), majority.toFixed(3)],
    ...[`${(100 * manifest.density).toFixed(2)}%`, kilobytes(diffBytes), kilobytes(baseBytes)],
    (baseBytes / diffBytes).toFixed(0),
  ]);
  return formatTable(
    ['task', 'method', 'metric', 'score', 'majority', 'density', 'diff', 'base', 'base/diff'],
    rows,
  );
}
