import type { QuestionExample } from '@diffprune/squad';
import { InferenceError } from './errors.ts';
import type { TaskModel } from './task-model.ts';

/** A question about a text. */
export interface Question {
  readonly question: string;
  readonly context: string;
}

/** A stretch of a context. */
export interface Passage {
  /** `context.slice(start, end)`; empty for *no answer*. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Among this answer and its alternatives, whose probabilities sum to 1. */
  readonly probability: number;
}

/** What a model finds in a context. */
export interface FoundAnswer extends Passage {
  /** `no answer` where the text is empty. */
  readonly label: 'answer' | 'no answer';
  /** Others, the best first, *no answer* (the empty text) among them where the task knows it. */
  readonly alternatives: readonly Passage[];
}

/**
 * Finds the answer to a question in its context, or those to many questions at once. A context may be longer than an
 * input of the model: it is read in windows. Where the task has questions that their contexts do not answer, as SQuAD 2.0
 * has, the answer to such a one is the empty text.
 *
 * @throws InferenceError if the diff was taken off, or if its task does not answer questions
 */
export async function answer(model: TaskModel, question: Question): Promise<FoundAnswer>;
export async function answer(model: TaskModel, questions: readonly Question[]): Promise<FoundAnswer[]>;
export async function answer(
  model: TaskModel,
  given: Question | readonly Question[],
): Promise<FoundAnswer | FoundAnswer[]> {
  if (!isList(given)) return (await answer(model, [given]))[0]!;
  const answers = await model.predict(given.map(toExample));
  return answers.map(({ text, start, end, probability, nBest }): FoundAnswer => {
    const alternatives = nBest.map(({ text, start, end, probability }) => ({
      text,
      start,
      end,
      probability,
    }));
    const chosen = alternatives.findIndex((other) => other.start === start && other.end === end);
    if (chosen >= 0) alternatives.splice(chosen, 1);
    const label = text === '' ? 'no answer' : 'answer';
    return { label, text, start, end, probability, alternatives };
  });
}

function isList(given: Question | readonly Question[]): given is readonly Question[] {
  return Array.isArray(given);
}

function toExample(given: Question, i: number): QuestionExample {
  if (typeof given?.question !== 'string' || typeof given.context !== 'string') {
    throw new InferenceError(`question ${i} is ${JSON.stringify(given)}, expected { question, context }`);
  }
  return { id: String(i), question: given.question, context: given.context };
}
