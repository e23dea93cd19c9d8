import type { RateLaw } from './default-rates.ts';
import { positive, share, type Default, type Option } from './options.ts';

const byBase = 'by method and size of the base';

/** Peak rate of the first stage, and its default. */
export function learningRate(law: RateLaw): Option<number> {
  const help =
    'peak rate of the first stage; in diff pruning that while all gates are open: it rises as they close, unless `l0Penalty` is given';
  return positive({ default: law, shown: byBase, argument: 'rate', help });
}

/** The options of projecting a dense diff to a density, and of fine-tuning what is kept. */
export function fixedMaskOptions(rate: Default<number>) {
  return {
    density: share({
      default: 0.005,
      argument: 'fraction',
      help: 'part of the base that the diff changes; exactly ⌊density · d⌋ entries are kept',
    }),
    fixedMaskLearningRate: positive({
      default: rate,
      shown: `${byBase}, and by \`density\``,
      argument: 'rate',
      help: 'peak rate after the projection',
    }),
  };
}
