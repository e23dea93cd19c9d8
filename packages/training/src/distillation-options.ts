import { numberFrom, OptionError, share, type OptionValues } from './options.ts';

/** How much is learnt of a run's teacher, and how: a run without one has neither. */
export const distillationOptions = {
  distillation: share({
    default: ({ taught = false }) => (taught ? 0.9 : undefined),
    shown: '0.9 with `teacher`',
    argument: 'fraction',
    help: "weight of the teacher's part of the loss; the labels' part has the rest",
  }),
  temperature: numberFrom(
    0.1,
    100,
  )({
    default: ({ taught = false }) => (taught ? 2 : undefined),
    shown: '2 with `teacher`',
    argument: 'number',
    help: "what the teacher's and the student's logits are divided by; a regression has no use for it",
  }),
};

/** @throws OptionError naming an option that is for a run with a teacher, where there is none */
export function checkTaught(values: OptionValues, taught: boolean): void {
  const given = Object.keys(distillationOptions).find((name) => values[name] !== undefined);
  if (taught || given === undefined) return;
  throw new OptionError(given, 'has no meaning without a teacher: leave it out, or give `teacher` as well');
}
