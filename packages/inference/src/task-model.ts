import type { Example, Prediction } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import type { QuestionExample, SpanAnswer } from '@diffprune/squad';

/** A base with a diff, however it is run: what `classify` and `answer` ask. */
export interface TaskModel {
  readonly manifest: Manifest;
  predict(examples: readonly Example[]): Promise<Prediction[]>;
  predict(examples: readonly QuestionExample[]): Promise<SpanAnswer[]>;
}
