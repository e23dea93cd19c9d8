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

/** A fraction this many times as large as it was to be, or as small, was not followed. */
const astray = 2;

/**
 * Where a steered price left another fraction of the weights than it was to, so that the count was made up by cutting or
 * filling; or where a given one left nothing.
 *
 * @param rate the option that says how fast scores move
 * @param penalty the option that λ is given by
 */
export function warnOfRemaining({ steps }: Course, rate: string, penalty: string): readonly string[] {
  type Reported = Course['steps'][number] & { readonly remaining?: number; readonly pathRemaining?: number };
  const reported: readonly Reported[] = steps;
  const pruning = reported.filter((step) => Number((step as Record<string, unknown>)[penalty]) > 0);
  const { remaining, pathRemaining } = pruning.at(-1) ?? {};
  if (remaining === 0) return [`no weight was left: lower \`${penalty}\`, or leave it out`];
  if (remaining === undefined || pathRemaining === undefined) return [];
  const times = remaining / pathRemaining;
  if (times < astray && times > 1 / astray) return [];
  const percent = (fraction: number): string => `${(100 * fraction).toPrecision(3)}%`;
  return [
    `λ left ${percent(remaining)} of the weights where it was to leave ${percent(pathRemaining)}, and the rest was cut or ` +
      `filled up at once: train longer, or ${times > 1 ? 'raise' : 'lower'} \`${rate}\``,
  ];
}
