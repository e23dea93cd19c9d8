import type { Evaluation } from '@diffprune/evaluators';
import type { Features, WordPieces } from './encode.ts';

/** What a model gives for rows: the numbers of each row, [rows], by the output's name. */
export type RowOutputs = Readonly<Record<string, readonly Float32Array[]>>;

/** How a task's examples become rows for a model, and what the model gives for them answers. */
export interface TaskCodec<Example, Answer> {
  /** The output layer that the model needs; `labels` where it has any. */
  readonly head: { readonly kind: string; readonly labels?: number };
  /**
   * One row, or several, for each example.
   *
   * @param maxLength the longest row, in tokens
   */
  encode(examples: readonly Example[], wordPieces: WordPieces, maxLength: number): Features;
  /**
   * The answer to each example.
   *
   * @param features the examples' rows, as `encode` made them
   */
  decode(outputs: RowOutputs, examples: readonly Example[], features: Features): Answer[];
}

/** A type of task: all that training and evaluation ask of one. */
export interface TaskType<Example, Answer> extends TaskCodec<Example, Answer> {
  /** Short lower-case key: `sst2`. */
  readonly name: string;
  /**
   * @param answers as many as there are examples
   * @throws RangeError for examples that do not say what is right
   */
  score(answers: readonly Answer[], examples: readonly Example[]): Evaluation;
  /** What is the same where one answer is given to every example: `the most frequent class`. */
  readonly constantAnswer: string;
  /** The score of that, the least that a model must beat. */
  scoreConstant(examples: readonly Example[]): Evaluation;
}
