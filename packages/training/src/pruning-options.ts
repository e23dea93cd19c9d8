import { pruningRate } from './default-rates.ts';
import { firstEpochs } from './epochs.ts';
import { learningRate } from './fixed-mask-options.ts';
import { choice, fraction, fractionBelowOne, share, type Default } from './options.ts';

const remainingHelp =
  "part of the encoder's linear layers' weights that is left, the others are 0; exactly ⌊remaining · n⌋ are kept";

/** The options that all methods of pruning have. */
export const pruningOptions = {
  epochs: firstEpochs({ default: 8 }),
  learningRate: learningRate(pruningRate),
  pruningWarmup: fraction({
    default: 0.3,
    argument: 'fraction',
    help: 'part of the steps before the first weight is pruned',
  }),
  pruningCooldown: fractionBelowOne({
    default: 0.2,
    argument: 'fraction',
    help: 'part of the steps, the last ones, in which no more weights are pruned',
  }),
};

/** Where a selection says how many weights are left. */
export const selectionOptions = {
  remaining: share({ default: 0.1, argument: 'fraction', help: remainingHelp }),
  scope: choice(['local', 'global'], {
    default: 'local',
    argument: 'scope',
    help: 'weights are compared with those of the same matrix, of which each keeps ⌊remaining · n⌋, or with all',
  }),
};

/**
 * Where a penalty says how many weights are left.
 *
 * @param penalty the option that λ is given by
 */
export function remainingUnless(penalty: string) {
  const usual: Default<number | undefined> = (_, options) =>
    options[penalty] === undefined ? 0.1 : undefined;
  return share({
    default: usual,
    shown: '0.1, or as many as a given λ leaves',
    argument: 'fraction',
    help: remainingHelp,
  });
}
