import { evaluate, evaluateConstant } from '@diffprune/evaluators';
import { encodeExamples } from './encode.ts';
import type { Example } from './examples.ts';
import type { Prediction } from './problem-type.ts';
import { problemTypeOf } from './problem-types.ts';
import type { Problem, Task } from './task.ts';
import type { TaskCodec, TaskType } from './task-type.ts';

/** A question about a text or a pair: each example is one row, and its answer what `logits` say. */
export function textCodec(problem: Problem): TaskCodec<Example, Prediction> {
  const type = problemTypeOf(problem);
  return {
    head: type.head(problem),
    encode(examples, wordPieces, maxLength) {
      return encodeExamples(examples, wordPieces, maxLength, problem.problemType);
    },
    decode({ logits }, examples) {
      return examples.map(({ index }, row) => ({ index, ...type.decode(logits![row]!) }));
    },
  };
}

/** A task of GLUE, or one of your own in the same layout, with its metrics. */
export function textTask(task: Problem & Pick<Task, 'name' | 'metrics'>): TaskType<Example, Prediction> {
  const type = problemTypeOf(task);
  const labelsOf = (examples: readonly Example[]) => {
    const labels = examples.flatMap(({ label }) => (label === undefined ? [] : [label]));
    if (labels.length < examples.length) {
      throw new RangeError('examples without labels cannot be evaluated');
    }
    return type.labelArray(labels);
  };
  return {
    ...textCodec(task),
    name: task.name,
    score(answers, examples) {
      const values = answers.map(({ value }) => value);
      return evaluate(task.metrics, values, labelsOf(examples));
    },
    constantAnswer: type.constantAnswer,
    scoreConstant(examples) {
      return evaluateConstant(task.metrics, labelsOf(examples), task.problemType === 'regression');
    },
  };
}
