import type { Course } from './method.ts';

/** A loss above this part of a constant prediction's says that nothing has been learnt yet. */
const learnt = 0.95;
/** Logged steps that a loss is averaged over. */
const averaged = 5;

/** Where the projection found fewer nonzero entries than the density allows. @param advice what to try */
export function warnOfZeros(projection: Course['projection'], advice: string): readonly string[] {
  if (projection === undefined || projection.nonzero === projection.kept) return [];
  const few =
    projection.nonzero === 0 ? 'nothing was nonzero' : 'fewer entries were nonzero than `density` keeps';
  return [`at the projection ${few}: ${advice}`];
}

/** Where half of the gates were closed before the loss had fallen below that of a constant prediction. */
export function warnOfEarlyClosing(course: Course, stage: string): readonly string[] {
  const steps: readonly (Course['steps'][number] & { readonly expectedDensity?: number })[] =
    course.steps.filter((step) => step.stage === stage);
  const closed = steps.findIndex(({ expectedDensity }) => expectedDensity! < 0.5);
  if (closed < 0) return [];
  const losses = steps.slice(Math.max(0, closed - averaged), closed + 1).map(({ loss }) => loss);
  const loss = losses.reduce((sum, x) => sum + x, 0) / losses.length;
  if (loss < learnt * course.constantLoss) return [];
  return [
    `gates closed before w had learnt: at step ${steps[closed]!.step} half were closed, and the loss was still ` +
      `${loss.toFixed(3)} (a constant prediction has ${course.constantLoss.toFixed(3)}); train longer or at a higher ` +
      '`learningRate`, or lower `l0Penalty` where it was given',
  ];
}
