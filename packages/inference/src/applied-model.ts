import type { EncoderConfig, Head } from '@diffprune/bert';
import type { Example, Prediction } from '@diffprune/glue';
import {
  applyDiff as applyTensors,
  revertDiff,
  type Manifest,
  type SparseDiff,
  type Undo,
} from '@diffprune/sparse-diff';
import type { QuestionExample, SpanAnswer } from '@diffprune/squad';
import type { Base } from './base.ts';
import { checkFit, type ModelOfDiff } from './diff-fit.ts';
import { InferenceError } from './errors.ts';
import { predictExamples, type OnRows } from './predict-examples.ts';
import { readDiffSource, type DiffSource } from './sources/diff-source.ts';

const carried = new WeakMap<Base, AppliedModel>();

/** A base with one diff on it, in the base's own memory. */
export class AppliedModel {
  readonly manifest: Manifest;
  /** The base's, with the adapters that the diff brings. */
  readonly config: EncoderConfig;
  readonly head: Head;
  readonly #undo: Undo;
  /** The tensors that the diff changes or brings. */
  readonly #names: readonly string[];
  #predicting = 0;

  /** Use {@link applyDiff}. */
  constructor(
    readonly base: Base,
    { manifest, tensors }: SparseDiff,
    { config, head }: ModelOfDiff,
    undo: Undo,
  ) {
    this.manifest = manifest;
    this.config = config;
    this.head = head;
    this.#undo = undo;
    this.#names = tensors.map(({ name }) => name);
    base.predictors.changed(this.#names);
    carried.set(base, this);
  }

  /**
   * Takes the diff off: every byte of the base is as it was before.
   *
   * @throws InferenceError if it is off already, or while predictions are under way
   */
  revert(): void {
    this.#assertApplied();
    if (this.#predicting > 0)
      throw new InferenceError('predictions are under way; wait for them, then revert');
    revertDiff(this.base.tensors, this.#undo);
    this.base.predictors.changed(this.#names);
    carried.delete(this.base);
  }

  /**
   * Predicts for examples, in their order, with the input length that the diff was trained with: for texts and pairs, or,
   * where the diff's head finds spans, for questions.
   *
   * @param batchSize rows of a program's batch; a single example is always run alone
   * @param onRows is told how many of how many rows are done, batch by batch; an example may have several
   * @throws InferenceError if the diff was taken off, if its task takes pairs and got single texts, or the reverse, or if
   *   it takes questions and got texts, or the reverse
   */
  predict(examples: readonly Example[], batchSize?: number, onRows?: OnRows): Promise<Prediction[]>;
  predict(examples: readonly QuestionExample[], batchSize?: number, onRows?: OnRows): Promise<SpanAnswer[]>;
  async predict(examples: readonly unknown[], batchSize = 32, onRows?: OnRows): Promise<unknown[]> {
    this.#assertApplied();
    this.#predicting++;
    try {
      return await predictExamples(this, examples, batchSize, onRows);
    } finally {
      this.#predicting--;
    }
  }

  #assertApplied(): void {
    if (carried.get(this.base) !== this) {
      throw new InferenceError(`the diff of ${this.manifest.task} was taken off its base; apply it again`);
    }
  }
}

/**
 * Applies a diff to a base, in place. A base carries one diff at a time: take one task's off before the next goes on.
 * Where an error is thrown, the base is as it was.
 *
 * @param diff its address, the answer to a request, a `File`, a file's bytes, or what was read of it
 * @throws InferenceError if the base carries a diff; SourceError for a diff that cannot be had
 * @throws WrongBaseError for a diff of another base; DiffFitError for one of another tokenizer, without a whole head that
 *   predicts classes, a score or spans, or with adapters that are not whole; FormatError for bytes that are not a diff, or a damaged one
 */
export async function applyDiff(base: Base, diff: DiffSource): Promise<AppliedModel> {
  assertFree(base);
  const read = await readDiffSource(diff, base);
  assertFree(base); // of another that was faster
  const model = checkFit(base, read);
  return new AppliedModel(base, read, model, applyTensors(base.tensors, read, base.fingerprint));
}

function assertFree(base: Base): void {
  const other = carried.get(base);
  if (other === undefined) return;
  throw new InferenceError(`the base carries the diff of ${other.manifest.task}; call revert() on it first`);
}
