import type { State } from './learner.ts';

/** Where a run stands: everything that it needs to go on as if it had never stopped. */
export interface Snapshot {
  /** The stage's name. */
  readonly stage: string;
  /** Optimiser steps of the stage that are done. */
  readonly step: number;
  /** What the stage has learnt, and what stages before it have handed over, by name. */
  readonly arrays: SnapshotArrays;
}

/** A `Map`, or the arrays of a file, each of which is read anew as it is asked for. */
export type SnapshotArrays = Pick<ReadonlyMap<string, Float32Array | Uint32Array>, 'get' | 'keys'> &
  Iterable<readonly [string, Float32Array | Uint32Array]>;

/** A snapshot that does not belong to the run that is to go on. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  /** Whose mistake it is: that of what was given. */
  readonly fault = 'input';
}

/**
 * Copies a snapshot's arrays into a stage's state, one by one.
 *
 * @throws SnapshotError naming an array that is missing, or of another length or type
 */
export function restore(state: State, { arrays }: Snapshot): void {
  for (const [name, array] of state) {
    const saved = arrays.get(name);
    if (saved?.length !== array.length) {
      throw new SnapshotError(
        `the checkpoint's ${name} has ${saved?.length ?? 'no'} entries, expected ${array.length}`,
      );
    }
    if (saved instanceof Uint32Array !== array instanceof Uint32Array) {
      throw new SnapshotError(`the checkpoint's ${name} holds numbers of another type than it should`);
    }
    array.set(saved);
  }
}
