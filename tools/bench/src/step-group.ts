import type { Effort, GroupResult } from './group.ts';
import { measureInTurns, times } from './measure-in-turns.ts';
import { roundsOf, stepsInARow } from './rounds.ts';
import { batchesOf } from './shapes.ts';
import { measured, ratio } from './statistics.ts';
import { bytesPerParameter, stepColumns, stepFigures, stepRow } from './step-rows.ts';
import { stepper } from './steppers.ts';

/** The methods that this group measures; `method` has the others. */
export const stepMethods = ['full', 'diff-pruning', 'structured-diff-pruning'] as const;
type StepMethod = (typeof stepMethods)[number];

const rounds = { tiny: [30, 6], mini: [20, 4], small: [16, 0], base: [10, 1] } as const;

/** Full fine-tuning against diff pruning, plain and structured, on the same engine. */
export async function stepGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const measuredSizes = roundsOf(rounds, quick);
  const table = [stepColumns];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  for (const [size, count] of measuredSizes) {
    const start = (method: StepMethod) => [
      method,
      () => stepper(size, method, threads, { steps: stepsInARow(quick) }),
    ];
    const series = await measureInTurns<StepMethod>(
      `step ${size}`,
      Object.fromEntries(stepMethods.map(start)),
      count,
    );
    for (const method of stepMethods) {
      table.push(stepRow(size, method, series[method], series.full));
      if (method !== 'full') Object.assign(figures, stepFigures(size, method, series[method], series.full));
    }
    const against = (method: StepMethod) => ratio(times(series[method]), times(series.full)).median;
    figures[`diff-vs-full/${size}`] = Math.max(against('diff-pruning'), against('structured-diff-pruning'));
    figures[`diff-step-ms/${size}`] = measured(times(series['diff-pruning'])).median;
    figures[`bytes-per-parameter/${size}`] = bytesPerParameter(size, series['diff-pruning']);
    details[size] = series;
  }
  const title = `Training steps (batch × length: ${batchesOf(measuredSizes)})`;
  return [{ title, table, details, figures }];
}
