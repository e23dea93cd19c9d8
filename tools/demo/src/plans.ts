import type { Input } from '@diffprune/inference/node';
import type { SampleTaskName } from '@diffprune/samples';

/** How the demo trains a task's diff, and what it asks the result. */
export interface Plan {
  readonly task: SampleTaskName;
  readonly trainRows: number;
  /** The trainer's options. */
  readonly options: readonly string[];
  readonly input: Input;
}

/** Half a percent of the base, its values in half precision; all else is the trainer's own choice. */
const options = ['--density', '0.005', '--values', 'fp16', '--max-length', '64'];

export const plans: readonly Plan[] = [
  {
    task: 'opinion',
    trainRows: 8000,
    options,
    input: 'The soup was not bad, but the waiter was rude.',
  },
  {
    task: 'inference',
    trainRows: 6000,
    options,
    input: { textA: 'A girl is singing a song in the park.', textB: 'The child is making music outside.' },
  },
  {
    task: 'similarity',
    trainRows: 6000,
    options,
    input: {
      textA: 'A man is playing the guitar in the park.',
      textB: 'A man is playing the guitar on the beach.',
    },
  },
];
