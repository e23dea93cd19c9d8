import type { Features, TaskCodec } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';

/** Models by what they are asked and answer: all that depends on the kind of head that a diff's manifest names. */
export interface AnswerKind<Example = unknown, Answer = unknown> {
  /** What inputs are, in words: `pairs of texts`. @param texts in an input; 0 where it is not known, which may say nothing */
  inputs(texts: Manifest['texts']): string;
  /** Longest input of a diff that does not say how it was trained, in tokens. */
  readonly usualLength: number;
  /** What a task's name says of its inputs, where no training does. */
  known(task: string): Pick<Manifest, 'texts' | 'hyperparameters'>;
  /**
   * @param maxLength the longest row, in tokens
   * @throws RangeError for settings in the manifest that there cannot be
   */
  codec(manifest: Manifest, maxLength: number): TaskCodec<Example, Answer>;
  /**
   * Examples as the codec takes them, without what is right.
   *
   * @param maxLength the longest row, in tokens
   * @throws InferenceError naming the first that the model cannot be asked
   */
  ask(manifest: Manifest, examples: readonly unknown[], maxLength: number): readonly Example[];
  /** What messages call the example that a row is of. */
  nameOf(row: number, examples: readonly Example[], features: Features): string;
}
