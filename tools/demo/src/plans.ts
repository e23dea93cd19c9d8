import type { Input } from '@diffprune/applier';
import type { SampleTaskName } from '@diffprune/samples';

/** How the demo trains a task's diff, and what it asks the result. */
export interface Plan {
  readonly task: SampleTaskName;
  readonly trainRows: number;
  /** The trainer's options: for a small, untrained base and half a minute, not the paper's. */
  readonly options: readonly string[];
  readonly input: Input;
}

/**
 * The base has random weights, so that a diff must bring more than it need over a pretrained one: a larger share of
 * the parameters, higher rates, and gates that close late (a smaller penalty, a lower rate for α).
 */
const common = [
  '--batch-size',
  '32',
  '--max-length',
  '64',
  '--learning-rate',
  '1e-3',
  '--l0-penalty',
  '1e-6',
];

/** The third sample task, inference, is left out: from random weights a model of this size stays near chance. */
export const plans: readonly Plan[] = [
  {
    task: 'opinion',
    trainRows: 3000,
    options: [
      ...[...common, '--density', '0.01', '--epochs', '5', '--alpha-learning-rate', '0.02'],
      ...['--fixed-mask-epochs', '5', '--fixed-mask-learning-rate', '5e-3'],
    ],
    input: 'The soup was not bad, but the waiter was rude.',
  },
  {
    task: 'similarity',
    trainRows: 6000,
    options: [
      ...[...common, '--density', '0.02', '--epochs', '6', '--alpha-learning-rate', '0.01'],
      ...['--fixed-mask-epochs', '4', '--fixed-mask-learning-rate', '3e-3'],
    ],
    input: {
      textA: 'A man is playing the guitar in the park.',
      textB: 'A man is playing the guitar on the beach.',
    },
  },
];
