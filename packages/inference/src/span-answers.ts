import {
  completeSpanSettings,
  defaultMaxLength,
  spanCodec,
  squadTasks,
  type QuestionExample,
  type SpanAnswer,
  type SpanFeatures,
} from '@diffprune/squad';
import type { AnswerKind } from './answer-kind.ts';
import { InferenceError } from './errors.ts';

/** Stretches of contexts that answer questions. */
export const spanAnswers: AnswerKind<QuestionExample, SpanAnswer> = {
  inputs: () => 'questions about contexts',
  usualLength: defaultMaxLength,
  known(name) {
    const task = squadTasks.find((task) => task.name === name);
    return { texts: 2, hyperparameters: { ...(task && { version2: task.version2 }) } };
  },
  codec: ({ hyperparameters }, maxLength) => spanCodec(completeSpanSettings(hyperparameters, maxLength)),
  ask({ task }, given) {
    const examples = given as readonly QuestionExample[];
    const other = examples.findIndex(
      ({ question, context }) => typeof question !== 'string' || typeof context !== 'string',
    );
    if (other >= 0) {
      throw new InferenceError(
        `task ${task} takes questions about contexts, but example ${other} is none: ask this model by ` +
          `answer(model, { question, context })`,
      );
    }
    return examples.map(({ id, question, context }) => ({ id, question, context }));
  },
  nameOf: (row, examples, features) => examples[(features as SpanFeatures).windows[row]!.example]!.id,
};
