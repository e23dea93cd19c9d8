import type { TaskType } from '@diffprune/glue';
import type { Properties } from '@diffprune/sparse-diff';
import { positiveInteger, type OptionTable, type OptionValues } from '@diffprune/training';
import type { AnswerReview } from './review-answers.ts';

/** A file that answers are written to. */
export interface AnswerFile<Answer> {
  /** Its name in a run folder: `predictions.tsv`. */
  readonly name: string;
  /** Its text. */
  format(answers: readonly Answer[]): string;
}

/** How examples become rows, and outputs answers: the longest row in tokens, and what a kind of tasks has besides. */
export type TaskOptions = OptionValues & { readonly maxLength: number };

/** @param usual the longest row of a kind of tasks unless told, in tokens */
export function maxLengthOption(usual: number) {
  const help = 'longest input; longer texts are cut, and contexts of questions read in windows';
  return positiveInteger({ default: usual, argument: 'tokens', help });
}

/** Some of these options, among whatever else: a run's settings, or a manifest's hyper-parameters. */
export type GivenOptions = Readonly<Record<string, unknown>> & Pick<TaskOptions, 'maxLength'>;

/**
 * A task as runs and evaluations need it: what its examples are and where they lie, what becomes of answers, and what is
 * said of it. Each kind of tasks is one file beside this one, and a line in `known-tasks.ts`.
 */
export interface RunTask<Example = unknown, Answer = unknown> {
  /** Short lower-case key, which is also the name of a run's diff: `sst2`. */
  readonly name: string;
  /** The official spelling: `SST-2`. */
  readonly title: string;
  /** Names of the classes, in the order of the head's outputs; empty where answers are something else. */
  readonly labels: readonly string[];
  /** The same labels as files and older diffs may spell them, where that is otherwise. */
  readonly spelt?: readonly string[] | undefined;
  /** How many texts an example has. */
  readonly texts: 1 | 2;
  /** The kind of head that a model needs: `classification`. */
  readonly head: string;
  /** What may be said of how examples become rows, and outputs answers: `maxLength`, and what there is besides. */
  readonly options: OptionTable & { readonly maxLength: OptionTable[string] };
  /**
   * All of the options, those that are not given by what is usual.
   *
   * @throws RangeError for values that do not go together
   */
  complete(given: GivenOptions): TaskOptions;
  /** What a diff's manifest keeps among its hyper-parameters beside these options. */
  readonly properties: Properties;
  /** @param options as {@link complete} takes them */
  type(options: GivenOptions): TaskType<Example, Answer>;

  /** The splits that a run evaluates on, all with labels. */
  readonly devSplits: readonly string[];
  /**
   * Whether a split says what is right.
   *
   * @throws UnknownTaskError if the task has no such split
   */
  isLabelled(split: string): boolean;
  /**
   * The task's files among those of a folder.
   *
   * @param names paths within the folder, with `/`
   * @param source the folder's name, for messages
   * @throws DataFileError for a split that is there more than once
   */
  files(names: readonly string[], source: string): string[];
  /**
   * Reads a split.
   *
   * @param path a folder, or a file of the split
   * @returns with how many broken lines were left out
   * @throws DataFileError for files that are missing or malformed
   */
  read(
    path: string,
    split: string,
  ): Promise<{ readonly examples: readonly Example[]; readonly skipped: number }>;

  /** Where answers go; the first is what `evaluate --predictions` writes. */
  readonly answerFiles: readonly [AnswerFile<Answer>, ...AnswerFile<Answer>[]];
  /** What answers look like beside what is right; absent where a report has nothing to show of them. */
  review?(answers: readonly Answer[], examples: readonly Example[]): AnswerReview;
  /** What the GLUE server takes; absent where it takes nothing. */
  submission?(answers: readonly Answer[]): string;
  /**
   * What `diffprune-apply predict` is given to predict for a split.
   *
   * @param path a folder or file of data; where the split is not in it, an example is made up
   */
  predictArguments(path: string, split: string): Promise<readonly string[]>;
}
