import {
  classScores,
  confusionMatrix,
  scoreAnswer,
  type ClassScores,
  type SquadVersion,
} from '@diffprune/evaluators';
import type { Example, Prediction, Task } from '@diffprune/glue';
import type { QuestionExample, SpanAnswer } from '@diffprune/squad';

/** An answer that is wrong. */
export interface WrongAnswer {
  readonly index: string;
  readonly text: string;
  readonly expected: string;
  readonly answered: string;
  /** The probability of what was answered, 0 to 1, or how far a score is off. */
  readonly size: number;
}

/** What answers to a split look like beside what is right. */
export interface AnswerReview {
  /** Of a classification: counts by label and answer, and what each class scores. */
  readonly classes?: {
    readonly labels: readonly string[];
    readonly confusion: readonly (readonly number[])[];
    readonly scores: readonly ClassScores[];
  };
  /** Of a regression: what is right and what was answered. */
  readonly pairs?: readonly { readonly expected: number; readonly answered: number }[];
  /** The wrong answers that the model is surest of, or that are farthest off, the worst first. */
  readonly worst: readonly WrongAnswer[];
}

/** How many wrong answers are shown. */
const shown = 20;

/** Compares answers to texts with their labels; examples without one are left out. */
export function reviewAnswers(
  task: Pick<Task, 'labels' | 'problemType'>,
  answers: readonly Prediction[],
  examples: readonly Example[],
): AnswerReview {
  const pairs = examples.flatMap((example, row) =>
    example.label === undefined ? [] : [{ example, label: example.label, answer: answers[row]! }],
  );
  const isScore = task.problemType === 'regression';
  const name = (value: number) => (isScore ? value.toFixed(2) : task.labels[value]!);
  const worst = pairs
    .filter(({ label, answer }) => answer.value !== label)
    .map(({ example, label, answer }) => ({
      index: example.index,
      text: [example.textA, example.textB].filter((text) => text !== undefined).join(' ‖ '),
      expected: name(label),
      answered: name(answer.value),
      size: isScore ? Math.abs(answer.value - label) : (answer.probabilities?.[answer.value] ?? 0),
    }))
    .sort((a, b) => b.size - a.size)
    .slice(0, shown);
  if (isScore) {
    return { pairs: pairs.map(({ label, answer }) => ({ expected: label, answered: answer.value })), worst };
  }
  const confusion = confusionMatrix(
    pairs.map(({ answer }) => answer.value),
    pairs.map(({ label }) => label),
    task.labels.length,
  );
  return { classes: { labels: task.labels, confusion, scores: classScores(confusion) }, worst };
}

/** Compares answers to questions with the right ones: those that are none of these, word by word, are wrong. */
export function reviewSpans(
  version: SquadVersion,
  answers: readonly SpanAnswer[],
  examples: readonly QuestionExample[],
): AnswerReview {
  const name = (text: string) => (text === '' ? '(no answer)' : text);
  const worst = examples.flatMap(({ id, question, answers: right }, row) => {
    const { text, probability } = answers[row]!;
    const texts = right?.map((each) => each.text);
    if (!texts || scoreAnswer({ prediction: text, answers: texts }, version).exactMatch === 1) return [];
    const expected = [...new Set(texts)].join(' | ');
    return [{ index: id, text: question, expected: name(expected), answered: name(text), size: probability }];
  });
  return { worst: worst.sort((a, b) => b.size - a.size).slice(0, shown) };
}
