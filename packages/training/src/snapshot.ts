import type { SparseDelta } from './projection.ts';

/** Where a run stands: everything that it needs to go on as if it had never stopped. */
export interface Snapshot {
  /** 0 for the first stage, 1 for fixed-mask fine-tuning. */
  readonly stage: number;
  /** Optimiser steps of the stage that are done. */
  readonly step: number;
  /** The state of the stage's reparameterization, by name. */
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
 * @throws SnapshotError naming an array that is missing or of another length
 */
export function restore(state: ReadonlyMap<string, Float32Array | Uint32Array>, { arrays }: Snapshot): void {
  for (const [name, array] of state) {
    const saved = arrays.get(name);
    if (saved?.length !== array.length) {
      throw new SnapshotError(
        `the checkpoint's ${name} has ${saved?.length ?? 'no'} entries, expected ${array.length}`,
      );
    }
    array.set(saved);
  }
}

/** The diff of a snapshot taken in fixed-mask fine-tuning; undefined for one of the first stage. */
export function deltaOf({ stage, arrays }: Snapshot): SparseDelta | undefined {
  if (stage === 0) return undefined;
  const suffix = '/positions';
  return new Map(
    [...arrays.keys()].flatMap((key) => {
      const positions = key.endsWith(suffix) ? arrays.get(key) : undefined;
      if (!(positions instanceof Uint32Array)) return [];
      const name = key.slice(0, -suffix.length);
      const values = arrays.get(`${name}/delta`);
      if (!(values instanceof Float32Array)) throw new SnapshotError(`the checkpoint lacks ${name}/delta`);
      return [[name, { positions, values }]];
    }),
  );
}
