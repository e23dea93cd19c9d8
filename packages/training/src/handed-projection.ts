import type { Measured, State } from './learner.ts';
import type { SparseDelta } from './projection.ts';
import { SnapshotError, type Snapshot } from './snapshot.ts';

/** A dense diff was cut down to a sparse one. */
export interface ProjectionEvent {
  readonly kind: 'projection';
  /** Entries kept. */
  readonly kept: number;
  /** Those of them that are not zero. */
  readonly nonzero: number;
  /** What the method measures at this point, by name. */
  readonly measured: Measured;
  /** How many gates are open with which probability, in equal parts of [0, 1], where there are gates. */
  readonly gates?: readonly number[] | undefined;
}

/** What a projection makes, with what is to be said of it. */
export interface Projected {
  readonly delta: SparseDelta;
  readonly measured?: Measured;
  readonly gates?: readonly number[];
}

/** What is told of a projection. */
export function projectionEvent({ delta, measured = {}, gates }: Projected): ProjectionEvent {
  let [kept, nonzero] = [0, 0];
  for (const { values } of delta.values()) {
    kept += values.length;
    for (const value of values) if (value !== 0) nonzero++;
  }
  return { kind: 'projection', kept, nonzero, measured, gates };
}

const [prefix, positionsOf, valuesOf] = ['projection/', '/positions', '/values'];

/** A sparse diff as a checkpoint holds it. */
export function projectionArrays(delta: SparseDelta): State {
  return new Map(
    [...delta].flatMap(([name, { positions, values }]): [string, Float32Array | Uint32Array][] => [
      [`${prefix}${name}${positionsOf}`, positions],
      [`${prefix}${name}${valuesOf}`, values],
    ]),
  );
}

/** The sparse diff that {@link projectionArrays} put into a snapshot. @throws SnapshotError where a part of it is missing */
export function projectionIn({ arrays }: Snapshot): SparseDelta {
  return new Map(
    [...arrays.keys()].flatMap((key) => {
      if (!key.startsWith(prefix) || !key.endsWith(positionsOf)) return [];
      const name = key.slice(prefix.length, -positionsOf.length);
      const [positions, values] = [arrays.get(key), arrays.get(`${prefix}${name}${valuesOf}`)];
      if (!(positions instanceof Uint32Array && values instanceof Float32Array)) {
        throw new SnapshotError(`the checkpoint lacks the projection's ${name}`);
      }
      return [[name, { positions, values }]];
    }),
  );
}
