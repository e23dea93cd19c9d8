import type { Input } from '@diffprune/inference/node';
import type { SampleTaskName } from '@diffprune/samples';

/** How the demo trains a task's diff. */
export interface Plan {
  readonly task: SampleTaskName;
  readonly trainRows: number;
  /** The name of its run folder. */
  readonly run: string;
  /** The trainer's options. */
  readonly options: readonly string[];
}

/** A plan, and what the demo asks the result. */
export interface TaskPlan extends Plan {
  readonly input: Input;
}

const maxLength = ['--max-length', '64'];

/** Half a percent of the base, its values in half precision; all else is the trainer's own choice. */
const options = ['--density', '0.005', '--values', 'fp16', ...maxLength];

export const taskPlans: readonly TaskPlan[] = [
  {
    task: 'opinion',
    run: 'opinion',
    trainRows: 8000,
    options,
    input: 'The soup was not bad, but the waiter was rude.',
  },
  {
    task: 'inference',
    run: 'inference',
    trainRows: 6000,
    options,
    input: { textA: 'A girl is singing a song in the park.', textB: 'The child is making music outside.' },
  },
  {
    task: 'similarity',
    run: 'similarity',
    trainRows: 6000,
    options,
    input: {
      textA: 'A man is playing the guitar in the park.',
      textB: 'A man is playing the guitar on the beach.',
    },
  },
];

/** A task that the first of the plans has trained a diff of. */
const [{ task, trainRows }] = taskPlans as [TaskPlan];

function methodPlan(method: string, ...options: string[]): Plan {
  return { task, trainRows, run: method, options: ['--method', method, ...maxLength, ...options] };
}

/** One method of each family beside it, most of them for three epochs. */
export const methodPlans: readonly Plan[] = [
  methodPlan('full'),
  // the last two layers, which it excludes as well unless told otherwise, are all that the sample model has
  methodPlan('l0-close', '--exclude', 'key,word-embeddings'),
  methodPlan('soft-movement-pruning', '--remaining', '0.1', '--epochs', '3', '--values', 'fp16'),
  methodPlan('supermask'),
  methodPlan('adapters'),
];
