import type { Problem } from './task.ts';

/** What a model says of one row. */
export interface Prediction {
  /** The row's identifier in its file. */
  readonly index: string;
  /** Class (position in the task's labels), or score. */
  readonly value: number;
  /** A classification's probabilities in the order of the task's labels. */
  readonly probabilities?: ArrayLike<number>;
}

/** A kind of question about a text or a pair of texts: all that depends on whether its answers are labels or scores. */
export interface ProblemType {
  /** The output layer that a model needs for it. */
  head(problem: Problem): { readonly kind: string; readonly labels?: number };
  /** Labels as programs read them. */
  labelArray(labels: readonly number[]): Int32Array | Float32Array;
  /** What is always the same where one answer is given to every example. */
  readonly constantAnswer: string;
  /**
   * The class or score of a label as files spell it.
   *
   * @throws DataFileError naming the value and what is allowed
   */
  parse(text: string, problem: Problem, file: string, line: number): number;
  /**
   * The class or score of a label as records hold it: a text, or a number.
   *
   * @throws DataFileError naming the value and what is allowed
   */
  fromRecord(value: unknown, problem: Problem, file: string, line: number): number;
  /** What a row's logits say. */
  decode(logits: Float32Array): Omit<Prediction, 'index'>;
  /**
   * A prediction as files spell it.
   *
   * @param names of the classes
   * @throws RangeError for a class that there is not, or a number that is not finite
   */
  format(prediction: Prediction, names: readonly string[]): string;
  /**
   * A prediction as the GLUE server takes it.
   *
   * @throws RangeError as `format` does
   */
  submitted(prediction: Prediction, problem: Problem): string;
}
