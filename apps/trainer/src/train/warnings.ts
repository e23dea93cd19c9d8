import type { Evaluation } from '@diffprune/evaluators';
import type { Method } from '@diffprune/training';
import type { MetricsLine, ProjectionLine } from '../run-folder/metrics-log.ts';

/** A loss above this part of a constant prediction's says that nothing has been learnt yet. */
const learnt = 0.95;
/** Logged steps that a loss is averaged over. */
const averaged = 5;

/** What to judge a run by. */
export interface RunOutcome {
  readonly method: Method;
  readonly metrics: readonly MetricsLine[];
  /** Each split's evaluation, and that of a constant prediction. */
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  readonly constant: Readonly<Record<string, Evaluation>>;
  /** The training loss that a constant prediction has. */
  readonly constantLoss: number;
}

/** What a user should know of a run before believing in its diff, each with what to try. */
export function warningsOf({ method, metrics, evaluations, constant, constantLoss }: RunOutcome): string[] {
  const projection = metrics.find((line) => line.kind === 'projection');
  return [
    ...warnOfScores(evaluations, constant),
    ...(projection === undefined ? [] : warnOfZeros(method, projection)),
    ...warnOfEarlyClosing(metrics, constantLoss),
  ];
}

function warnOfScores(
  evaluations: RunOutcome['evaluations'],
  constant: RunOutcome['constant'],
): readonly string[] {
  const low = Object.keys(evaluations).filter((split) => evaluations[split]!.main <= constant[split]!.main);
  if (low.length === 0) return [];
  return [
    `the model scores no more on ${low.join(' and ')} than always giving the same answer does: ` +
      'train longer, or at another --learning-rate',
  ];
}

/** Where the projection found fewer nonzero entries than the density allows. */
export function warnOfZeros(
  { gates }: Method,
  { kept, nonzero }: Pick<ProjectionLine, 'kept' | 'nonzero'>,
): readonly string[] {
  if (nonzero === kept) return [];
  const few = nonzero === 0 ? 'nothing was nonzero' : 'fewer entries were nonzero than --density keeps';
  const advice =
    gates === undefined
      ? 'lower --density, or train longer'
      : 'train longer or at a higher --learning-rate; with --l0-penalty, lower it or --alpha-learning-rate';
  return [`at the projection ${few}: ${advice}`];
}

/** Where half of the gates were closed before the loss had fallen below that of a constant prediction. */
function warnOfEarlyClosing(metrics: readonly MetricsLine[], constantLoss: number): readonly string[] {
  const steps = metrics.filter((line) => line.kind === 'step').filter(({ stage }) => stage === 'l0-training');
  const closed = steps.findIndex(({ expectedDensity }) => expectedDensity! < 0.5);
  if (closed < 0) return [];
  const losses = steps.slice(Math.max(0, closed - averaged), closed + 1).map(({ loss }) => loss);
  const loss = losses.reduce((sum, x) => sum + x, 0) / losses.length;
  if (loss < learnt * constantLoss) return [];
  return [
    `gates closed before w had learnt: at step ${steps[closed]!.step} half were closed, and the loss was still ` +
      `${loss.toFixed(3)} (a constant prediction has ${constantLoss.toFixed(3)}); train longer or at a higher ` +
      '--learning-rate, or lower --l0-penalty where it was given',
  ];
}
