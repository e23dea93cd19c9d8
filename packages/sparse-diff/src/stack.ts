import { applyDiff, checkIdle, checkUndo, exchange, restore, type Undo } from './apply.ts';
import { ArgumentError, TensorError } from './errors.ts';
import type { Base, SparseDiff } from './types.ts';

/**
 * Diffs applied to one base one after another, and taken off in any order. What is left is always, bit for bit,
 * the base with the remaining diffs applied in the order in which they came.
 */
export class DiffStack {
  readonly #base: Base;
  readonly #fingerprint: string;
  readonly #applied: { diff: SparseDiff; undo: Undo }[] = [];

  /** @param fingerprint of the base as it was loaded, from `fingerprintTensors` */
  constructor(base: Base, fingerprint: string) {
    this.#base = base;
    this.#fingerprint = fingerprint;
  }

  /** The diffs that are applied, the first one first. */
  get diffs(): SparseDiff[] {
    return this.#applied.map(({ diff }) => diff);
  }

  /** Applies a diff on top; throws as `applyDiff` does. */
  apply(diff: SparseDiff): void {
    if (this.diffs.includes(diff)) throw new ArgumentError('this diff is on the stack');
    this.#applied.push({ diff, undo: applyDiff(this.#base, diff, this.#fingerprint) });
  }

  /**
   * Takes a diff off, wherever it lies: those above it are taken off and put back. Nothing is changed where an error is
   * thrown.
   *
   * @throws ArgumentError where it is not on the stack, or while `applyStream` is at work on the base
   * @throws TensorError where a diff above changes a tensor that only this one brings, and where the base's tensors are
   * no longer those that the diffs went on
   */
  remove(diff: SparseDiff): void {
    checkIdle(this.#base);
    const index = this.#applied.findIndex((entry) => entry.diff === diff);
    if (index < 0) throw new ArgumentError('this diff is not on the stack');
    const off = this.#applied.slice(index);
    for (const { undo } of off) checkUndo(this.#base, undo);
    this.#checkWithout(index);

    const brought: Base = new Map();
    for (const { undo } of off.toReversed()) exchange(this.#base, undo, brought);
    const again: typeof off = [];
    try {
      for (const { diff } of off.slice(1)) {
        again.push({ diff, undo: applyDiff(this.#base, diff, this.#fingerprint) });
      }
    } catch (error) {
      for (const { undo } of again.toReversed()) restore(this.#base, undo);
      for (const { undo } of off) exchange(this.#base, undo, brought);
      throw error;
    }
    this.#applied.splice(index, off.length, ...again);
  }

  /** @throws TensorError unless the diffs above find every tensor that they change without the diff at `index` */
  #checkWithout(index: number): void {
    const off = this.#applied.slice(index);
    const missing = new Set(
      off.flatMap(({ undo }) => undo.filter(({ bits }) => !bits).map(({ name }) => name)),
    );
    for (const [i, { diff }] of off.entries()) {
      if (i === 0) continue;
      for (const { name, operation } of diff.tensors) {
        if (operation === 'replace-dense') missing.delete(name);
        else if (missing.has(name)) {
          throw new TensorError(
            name,
            `the diff above it, of task ${JSON.stringify(diff.manifest.task)} (number ${index + i} of the stack), ` +
              'changes it, and would find that the base does not have it; remove that diff first',
          );
        }
      }
    }
  }
}
