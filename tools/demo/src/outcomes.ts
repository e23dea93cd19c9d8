import { formatTable } from './table.ts';
import type { Outcome } from './train-and-apply.ts';

/** One line: on how many rows two programs agree, and how far their numbers differ. */
export function describeAgreement({ task, manifest, agreement }: Outcome): string {
  const { rows, sameLabels, largestDifference } = agreement;
  return (
    `${task.name}, ${manifest.method}: trainer and applier agree on ${sameLabels} of ${rows} rows; ` +
    `the largest difference of a number is ${largestDifference.toExponential(1)}`
  );
}

/** Whether two programs' predictions are the same, up to the last digits of single precision. */
export function agrees({ agreement: { rows, sameLabels, largestDifference } }: Outcome): boolean {
  return sameLabels === rows && largestDifference <= 1e-6;
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)}%`;

/** How many times as large as a diff its base is. */
function times(baseBytes: number, diffBytes: number): string {
  const ratio = baseBytes / diffBytes;
  return ratio.toFixed(ratio < 10 ? 1 : 0);
}

/**
 * A line for each task.
 *
 * @param baseBytes size of the file with the base's weights
 */
export function tabulateTasks(outcomes: readonly Outcome[], baseBytes: number): string {
  const rows = outcomes.map(({ task, manifest, diffBytes, score, majority }) => [
    ...[task.name, manifest.method, task.metrics.join('+'), score.toFixed(3), majority.toFixed(3)],
    ...[percent(manifest.density), kilobytes(diffBytes), kilobytes(baseBytes), times(baseBytes, diffBytes)],
  ]);
  return formatTable(
    ['task', 'method', 'metric', 'score', 'majority', 'density', 'diff', 'base', 'base/diff'],
    rows,
  );
}

/** A line for each method, of one task. @param baseBytes as in {@link tabulateTasks} */
export function tabulateMethods(outcomes: readonly Outcome[], baseBytes: number): string {
  const rows = outcomes.map(({ manifest, diffBytes, score, seconds }) => {
    const { remaining } = manifest.hyperparameters;
    return [
      ...[manifest.method, score.toFixed(3), percent(manifest.density)],
      typeof remaining === 'number' ? percent(remaining) : '–',
      ...[kilobytes(diffBytes), times(baseBytes, diffBytes), `${seconds.toFixed(0)} s`],
    ];
  });
  return formatTable(['method', 'score', 'density', 'remaining', 'diff', 'base/diff', 'training'], rows);
}
