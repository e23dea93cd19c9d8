import { entriesOfDensity, selectLargest } from '@diffprune/sparse-diff';
import type { DiffParameter } from './parameter-memory.ts';

/** Positions (increasing) and values of a diff's kept entries, by parameter name. */
export type SparseDelta = ReadonlyMap<string, { positions: Uint32Array; values: Float32Array }>;

/** One number for each entry, by parameter: the same parameters in the same order everywhere. */
export type PerEntry = readonly { readonly name: string; readonly data: Float32Array }[];

/**
 * Projects δ onto the L0 ball: keeps exactly ⌊density · d⌋ entries, those of largest |δ| over all parameters at once
 * (Guo et al., section 3.2). Where fewer are nonzero, those that come next fill the number up, and fixed-mask fine-tuning
 * may use them.
 *
 * @param deltas dense δ by parameter; no NaN
 * @param rank of the entries that are 0, how near they are to being kept, from 0; called where they are needed. Of
 *   equal ranks, as where there is none, the first are taken
 * @param d the base's parameters, where δ is not there for all of them: a head may leave the pooler unread
 */
export function project(
  deltas: PerEntry,
  density: number,
  rank?: () => PerEntry,
  d = entriesOf(deltas),
): SparseDelta {
  const count = Math.min(entriesOfDensity(density, d), entriesOf(deltas));
  const enough = countNonzeros(deltas) >= count || rank === undefined;
  const kept = selectLargest(enough ? deltas : nonzerosFirst(deltas, rank()), count);
  return new Map(
    deltas.flatMap(({ name, data }) => {
      const positions = kept.get(name);
      if (positions === undefined || positions.length === 0) return [];
      return [[name, { positions, values: Float32Array.from(positions, (position) => data[position]!) }]];
    }),
  );
}

/** δ = θ' - θ of plainly fine-tuned parameters; overwrites their gradients. */
export function differences(parameters: readonly DiffParameter[]): PerEntry {
  return parameters.map(({ spec, weights, base, gradient }) => {
    for (let i = 0; i < gradient.length; i++) gradient[i] = weights[i]! - base[i]!;
    return { name: spec.name, data: gradient };
  });
}

function entriesOf(entries: PerEntry): number {
  return entries.reduce((sum, { data }) => sum + data.length, 0);
}

function countNonzeros(entries: PerEntry): number {
  let count = 0;
  for (const { data } of entries) for (let i = 0; i < data.length; i++) if (data[i] !== 0) count++;
  return count;
}

/** The ranks with those of nonzero entries raised above all others; written over them. */
function nonzerosFirst(deltas: PerEntry, ranks: PerEntry): PerEntry {
  ranks.forEach(({ data: rank }, index) => {
    const delta = deltas[index]!.data;
    for (let i = 0; i < rank.length; i++) if (delta[i] !== 0) rank[i] = Infinity;
  });
  return ranks;
}
