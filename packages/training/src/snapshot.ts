import type { SparseDelta } from './projection.ts';

/** Where a run stands: everything that it needs to go on as if it had never stopped. */
export interface Snapshot {
  /** 0 for the first stage, 1 for fixed-mask fine-tuning. */
  readonly stage: number;
  /** Optimiser steps of the stage that are done. */
  readonly step: number;
  /** The state of the stage's reparameterization, by name. */
  readonly arrays: ReadonlyMap<string, Float32Array | Uint32Array>;
}

/** A snapshot that does not belong to the run that is to go on. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/**
 * Moves a snapshot's arrays into a stage's state: each is freed, and empty, as soon as it is copied, so that a run that
 * goes on does not hold its state twice.
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
    free(saved);
  }
}

/**
 * Gives an array's memory back. Nothing is collected while a loop copies large arrays and makes no new ones, so it is not
 * enough to forget them: here the memory moves to a new buffer that nobody holds, and each of those brings the next
 * collection nearer.
 */
function free({ buffer }: Float32Array | Uint32Array): void {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
}

/** A copy of the diff of a snapshot taken in fixed-mask fine-tuning; undefined for one of the first stage. */
export function deltaOf({ stage, arrays }: Snapshot): SparseDelta | undefined {
  if (stage === 0) return undefined;
  const suffix = '/positions';
  return new Map(
    [...arrays].flatMap(([key, positions]) => {
      if (!key.endsWith(suffix) || !(positions instanceof Uint32Array)) return [];
      const name = key.slice(0, -suffix.length);
      const values = arrays.get(`${name}/delta`);
      if (!(values instanceof Float32Array)) throw new SnapshotError(`the checkpoint lacks ${name}/delta`);
      return [[name, { positions: positions.slice(), values: values.slice() }]];
    }),
  );
}
