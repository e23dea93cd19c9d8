import type { Example } from '@diffprune/glue';
import { InferenceError } from './errors.ts';
import type { TaskModel } from './task-model.ts';
import { problemOf } from './task.ts';

/** A text, or a pair of texts. */
export type Input = string | { readonly textA: string; readonly textB?: string };

/** What a model says of a text: a label, or, in a regression, a score. */
export type Answer =
  | {
      readonly label: string;
      /** By label, in the order of the head's outputs; they sum to 1. */
      readonly probabilities: ReadonlyMap<string, number>;
      readonly score?: never;
    }
  | { readonly score: number; readonly label?: never; readonly probabilities?: never };

/**
 * Predicts for a text or a pair, or for many at once.
 *
 * @throws InferenceError if the diff was taken off, or if its task takes pairs and got single texts, or the reverse
 */
export async function classify(model: TaskModel, input: Input): Promise<Answer>;
export async function classify(model: TaskModel, inputs: readonly Input[]): Promise<Answer[]>;
export async function classify(
  model: TaskModel,
  input: Input | readonly Input[],
): Promise<Answer | Answer[]> {
  if (!isList(input)) return (await classify(model, [input]))[0]!;
  const { labels } = problemOf(model.manifest);
  const predictions = await model.predict(input.map(toExample));
  return predictions.map(({ value, probabilities }): Answer => {
    if (probabilities === undefined) return { score: value };
    return {
      label: labels[value]!,
      probabilities: new Map(labels.map((label, i) => [label, probabilities[i]!])),
    };
  });
}

function isList(input: Input | readonly Input[]): input is readonly Input[] {
  return Array.isArray(input);
}

function toExample(input: Input, i: number): Example {
  const texts = typeof input === 'string' ? { textA: input } : input;
  if (typeof texts?.textA !== 'string' || !['string', 'undefined'].includes(typeof texts.textB)) {
    throw new InferenceError(`input ${i} is ${JSON.stringify(input)}, expected a text or { textA, textB }`);
  }
  return { index: String(i), ...texts };
}
