import { applyDiff, revertDiff, type Undo } from './apply.ts';
import { ArgumentError } from './errors.ts';
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
   * Takes a diff off, wherever it lies: those above it are taken off and put back.
   *
   * @throws ArgumentError where it is not on the stack
   */
  remove(diff: SparseDiff): void {
    const index = this.#applied.findIndex((entry) => entry.diff === diff);
    if (index < 0) throw new ArgumentError('this diff is not on the stack');
    const above = this.#applied.splice(index);
    for (const { undo } of above.toReversed()) revertDiff(this.#base, undo);
    for (const { diff } of above.slice(1)) this.apply(diff);
  }
}
