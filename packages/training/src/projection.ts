import { selectLargest } from '@diffprune/sparse-diff';

/** Positions (increasing) and values of a diff's kept entries, by parameter name. */
export type SparseDelta = ReadonlyMap<string, { positions: Uint32Array; values: Float32Array }>;

/**
 * Projects δ onto the L0 ball: keeps exactly ⌊density · d⌋ entries, those of largest |δ| over all parameters at once
 * (Guo et al., section 3.2). Where fewer are nonzero, zeros fill the number up, and fixed-mask fine-tuning may use
 * them.
 *
 * @param deltas dense δ by parameter, d entries in all
 */
export function project(
  deltas: readonly { name: string; data: Float32Array }[],
  density: number,
): SparseDelta {
  const d = deltas.reduce((sum, { data }) => sum + data.length, 0);
  const kept = selectLargest(deltas, Math.floor(density * d));
  return new Map(
    deltas.flatMap(({ name, data }) => {
      const positions = kept.get(name);
      if (positions === undefined || positions.length === 0) return [];
      return [[name, { positions, values: Float32Array.from(positions, (position) => data[position]!) }]];
    }),
  );
}
