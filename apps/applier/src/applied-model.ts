import { headParameters, type Head } from '@diffprune/bert';
import type { Example, Prediction } from '@diffprune/glue';
import {
  applyDiff as applyTensors,
  decodeDiff,
  revertDiff,
  WrongBaseError,
  type Manifest,
  type SparseDiff,
  type Undo,
} from '@diffprune/sparse-diff';
import { readDiff } from '@diffprune/sparse-diff/node';
import type { Base } from './base.ts';
import { ApplierError } from './errors.ts';
import { predictExamples } from './predict-examples.ts';
import { headOf } from './task.ts';

const carried = new WeakMap<Base, AppliedModel>();

/** A base with one diff on it, in the base's own memory. */
export class AppliedModel {
  readonly #undo: Undo;
  #predicting = 0;

  /** Use {@link applyDiff}. */
  constructor(
    readonly base: Base,
    readonly manifest: Manifest,
    readonly head: Head,
    undo: Undo,
  ) {
    this.#undo = undo;
    carried.set(base, this);
  }

  /**
   * Takes the diff off: every byte of the base is as it was before.
   *
   * @throws ApplierError if it is off already, or while predictions are under way
   */
  revert(): void {
    this.#assertApplied();
    if (this.#predicting > 0) throw new ApplierError('predictions are under way; wait for them, then revert');
    revertDiff(this.base.tensors, this.#undo);
    carried.delete(this.base);
  }

  /**
   * Predicts for examples, in their order, with the input length that the diff was trained with.
   *
   * @param batchSize rows of a program's batch; a single example is always run alone
   * @throws ApplierError if the diff was taken off, or if its task takes pairs and got single texts, or the reverse
   */
  async predict(examples: readonly Example[], batchSize = 32): Promise<Prediction[]> {
    this.#assertApplied();
    this.#predicting++;
    try {
      return await predictExamples(this.base, this.manifest, examples, batchSize);
    } finally {
      this.#predicting--;
    }
  }

  #assertApplied(): void {
    if (carried.get(this.base) !== this) {
      throw new ApplierError(`the diff of ${this.manifest.task} was taken off its base; apply it again`);
    }
  }
}

/**
 * Applies a diff to a base, in place. A base carries one diff at a time: take one task's off before the next goes on.
 * Where an error is thrown, the base is as it was.
 *
 * @param diff a file's path, its bytes, or what was read of it
 * @throws ApplierError if the base carries a diff, or the diff's head is not one that predicts classes or a score
 * @throws WrongBaseError for a diff of another base; FormatError for bytes that are not a diff, or a damaged one
 */
export async function applyDiff(base: Base, diff: string | Uint8Array | SparseDiff): Promise<AppliedModel> {
  const read = await (typeof diff === 'string'
    ? readDiff(diff)
    : diff instanceof Uint8Array
      ? decodeDiff(diff)
      : diff);
  const other = carried.get(base);
  if (other !== undefined) {
    throw new ApplierError(`the base carries the diff of ${other.manifest.task}; call revert() on it first`);
  }
  checkOrigin(base, read.manifest);
  const head = headOf(read.manifest);
  checkHead(base, read, head);
  return new AppliedModel(base, read.manifest, head, applyTensors(base.tensors, read, base.fingerprint));
}

/** @throws WrongBaseError for another base; ApplierError for the same base with another tokenizer */
function checkOrigin(base: Base, manifest: Manifest): void {
  const { fingerprint } = manifest.base;
  if (fingerprint !== base.fingerprint) throw new WrongBaseError(fingerprint, base.fingerprint);
  if (manifest.tokenizer !== '' && manifest.tokenizer !== base.tokenizerFingerprint) {
    throw new ApplierError(
      `the diff was trained with tokenizer ${manifest.tokenizer}, but the base's folder has ${base.tokenizerFingerprint}; ` +
        `restore the base's tokenizer files (tokenizer.json, vocab.txt, tokenizer_config.json)`,
    );
  }
}

/** @throws ApplierError unless the diff brings the whole head, and nothing else that the base lacks */
function checkHead({ config, tensors }: Base, diff: SparseDiff, head: Head): void {
  const expected = new Map(headParameters(config, head).map(({ name, shape }) => [name, shape.join(', ')]));
  for (const { name, shape } of diff.tensors) {
    if (tensors.has(name)) continue;
    const wanted = expected.get(name);
    if (wanted !== shape.join(', ')) {
      const should = wanted === undefined ? 'is not part of this model' : `should have shape [${wanted}]`;
      throw new ApplierError(`the diff's ${name} of shape [${shape.join(', ')}] ${should}`);
    }
    expected.delete(name);
  }
  if (expected.size > 0)
    throw new ApplierError(`the diff lacks the head's ${[...expected.keys()].join(', ')}`);
}
