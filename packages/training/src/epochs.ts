import { positiveInteger, type Option } from './options.ts';

type Usual = Pick<Option<number>, 'default' | 'shown'>;

/** Tasks that are so small that three epochs before a projection and three after it are not enough. */
const smallTasks: ReadonlySet<string> = new Set(['mrpc', 'stsb', 'rte']);

/**
 * Of the stage that has more on small tasks: that of gates, which need the steps to choose by, or where there are none,
 * that of the fixed mask, which has them in the paper whether there are gates or not (Guo et al., section 4.3).
 */
export const moreOnSmallTasks: Usual = {
  default: ({ task }) => (smallTasks.has(task) ? 5 : 3),
  shown: '3 (5 on mrpc, stsb and rte)',
};

/** Epochs of the first stage, or the only one. */
export function firstEpochs(usual: Usual): Option<number> {
  return positiveInteger({ ...usual, argument: 'number', help: 'epochs of the first stage' });
}

/** Epochs after a projection. */
export function fixedMaskEpochs(usual: Usual): Option<number> {
  return positiveInteger({ ...usual, argument: 'number', help: 'epochs after the projection' });
}
