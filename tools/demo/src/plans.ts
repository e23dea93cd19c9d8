import type { Input } from '@diffprune/applier';
import type { SampleTaskName } from '@diffprune/samples';

/** How the demo trains a task's diff, and what it asks the result. */
export interface Plan {
  readonly task: SampleTaskName;
  readonly trainRows: number;
  /** The trainer's options. */
  readonly options: readonly string[];
  readonly input: Input;
}

/**
 * Diff pruning for a small base and half a minute. The rates are higher than the paper's. λ is the paper's number, not
 * λ·d, and α moves slowly: otherwise the gates close before the entries behind them are worth something.
 */
const common = [
  ...['--method', 'diff-pruning', '--density', '0.005', '--values', 'fp16'],
  ...['--batch-size', '32', '--max-length', '64', '--l0-penalty', '1.25e-7', '--alpha-learning-rate', '0.02'],
];

/** Learning rate and epochs of the two stages that train. */
function stages(l0: readonly [epochs: number, rate: string], fixedMask: typeof l0): string[] {
  return [
    ...['--epochs', String(l0[0]), '--learning-rate', l0[1]],
    ...['--fixed-mask-epochs', String(fixedMask[0]), '--fixed-mask-learning-rate', fixedMask[1]],
  ];
}

export const plans: readonly Plan[] = [
  {
    task: 'opinion',
    trainRows: 4000,
    options: [...common, ...stages([4, '1e-3'], [3, '5e-3'])],
    input: 'The soup was not bad, but the waiter was rude.',
  },
  {
    task: 'inference',
    trainRows: 6000,
    options: [...common, ...stages([3, '1e-3'], [2, '5e-3'])],
    input: { textA: 'A girl is singing a song in the park.', textB: 'The child is making music outside.' },
  },
  {
    task: 'similarity',
    trainRows: 6000,
    options: [...common, ...stages([3, '5e-4'], [2, '5e-3'])],
    input: {
      textA: 'A man is playing the guitar in the park.',
      textB: 'A man is playing the guitar on the beach.',
    },
  },
];
