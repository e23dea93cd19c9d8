import { methodNames, type MethodName } from '@diffprune/training';
import type { Effort, GroupResult } from './group.ts';
import { measureInTurns } from './measure-in-turns.ts';
import { roundsOf, stepsInARow } from './rounds.ts';
import { batchesOf } from './shapes.ts';
import { stepMethods } from './step-group.ts';
import { stepColumns, stepFigures, stepRow } from './step-rows.ts';
import { stepper } from './steppers.ts';

const rounds = { mini: [14, 3], small: [10, 0], base: [5, 0] } as const;

/** Methods that are measured at once, with full fine-tuning: as many as fit into memory at base. */
const atOnce = 2;

/** Every method that `step` does not measure, against full fine-tuning on the same engine. */
export async function methodGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const others = methodNames.filter((name) => !(stepMethods as readonly MethodName[]).includes(name));
  const measuredSizes = roundsOf(rounds, quick);
  const table = [stepColumns];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  for (const [size, count] of measuredSizes) {
    for (let first = 0; first < others.length; first += atOnce) {
      const set = others.slice(first, first + atOnce);
      const start = (method: MethodName) => [
        method,
        () => stepper(size, method, threads, { steps: stepsInARow(quick) }),
      ];
      const series = await measureInTurns<MethodName>(
        `method ${size}`,
        Object.fromEntries(['full' as const, ...set].map(start)),
        count,
      );
      for (const method of set) {
        table.push(stepRow(size, method, series[method], series.full));
        Object.assign(figures, stepFigures(size, method, series[method], series.full));
        details[`${size}/${method}`] = { full: series.full, [method]: series[method] };
      }
    }
  }
  const title = `Training steps of the other methods (batch × length: ${batchesOf(measuredSizes)})`;
  return [{ title, table, details, figures }];
}
