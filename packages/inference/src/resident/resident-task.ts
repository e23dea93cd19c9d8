import type { Overlay } from '@diffprune/engine';
import type { Example, Prediction } from '@diffprune/glue';
import type { Manifest } from '@diffprune/sparse-diff';
import type { QuestionExample, SpanAnswer } from '@diffprune/squad';
import { answer, type FoundAnswer, type Question } from '../answer.ts';
import { classify, type Answer, type Input } from '../classify.ts';
import type { ModelOfDiff } from '../diff-fit.ts';
import type { TaskModel } from '../task-model.ts';
import type { ResidentBase } from './resident-base.ts';

/** What a caller may say of a request. */
export interface AskOptions {
  /** Aborted when the answer is not wanted any more: one that is not under way is not made. */
  readonly signal?: AbortSignal | undefined;
}

/** A task of a resident base. Get it by `base.task(name)`. */
export class ResidentTask implements TaskModel {
  /** Milliseconds that it took when the base was last switched to it: other changes off, its own on. */
  switchTime: number | undefined;

  /** Use {@link ResidentBase.add}. */
  constructor(
    readonly base: ResidentBase,
    readonly name: string,
    readonly manifest: Manifest,
    readonly model: ModelOfDiff,
    readonly overlay: Overlay,
  ) {}

  /** Bytes that it takes in memory. */
  get bytes(): number {
    return this.overlay.bytes;
  }

  /**
   * Predicts for examples, in their order, as `AppliedModel.predict`. Requests to any task may be made meanwhile.
   *
   * @throws InferenceError if the task was removed, or for examples that it does not take; the signal's reason where it
   *   was aborted in time
   */
  predict(examples: readonly Example[], options?: AskOptions): Promise<Prediction[]>;
  predict(examples: readonly QuestionExample[], options?: AskOptions): Promise<SpanAnswer[]>;
  async predict(examples: readonly unknown[], { signal }: AskOptions = {}): Promise<unknown[]> {
    return this.base.request(this, examples, signal);
  }

  /** As the function `classify`. */
  classify(input: Input, options?: AskOptions): Promise<Answer>;
  classify(inputs: readonly Input[], options?: AskOptions): Promise<Answer[]>;
  classify(input: never, options?: AskOptions): Promise<Answer | Answer[]> {
    return classify(this.#asked(options), input);
  }

  /** As the function `answer`. */
  answer(question: Question, options?: AskOptions): Promise<FoundAnswer>;
  answer(questions: readonly Question[], options?: AskOptions): Promise<FoundAnswer[]>;
  answer(question: never, options?: AskOptions): Promise<FoundAnswer | FoundAnswer[]> {
    return answer(this.#asked(options), question);
  }

  #asked(options: AskOptions | undefined): TaskModel {
    const predict = (examples: never) => this.predict(examples, options);
    return { manifest: this.manifest, predict: predict as TaskModel['predict'] };
  }
}
