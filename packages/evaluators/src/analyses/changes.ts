import { changedEntries, countEntries, zeroedEntries } from './entry-set.ts';
import { entryCount, type Grouping, type PlacedParameter, type TensorChange } from './parameters.ts';

/** What a diff does to a group of a base's parameters. */
export interface GroupChanges {
  readonly group: string;
  /** Entries of the group's parameters. */
  readonly parameters: number;
  /** Entries that get another value; of pruned matrices, what is left of them. */
  readonly changed: number;
  /** Positions that add 0, for want of anything else to keep. */
  readonly addsZero: number;
  /** Entries that the diff sets to 0, by `zero` or because they are pruned. */
  readonly zeroed: number;
  /** The group's part of all changed entries, 0 to 1; 0 where nothing is changed. */
  readonly share: number;
  /** The part of the group's entries that is changed, 0 to 1. */
  readonly density: number;
  /** The part of the group's entries that the diff sets to 0, 0 to 1. */
  readonly sparsity: number;
}

/**
 * Counts what a diff changes, by group, in the parameters' order. `share` by layer is what figures 2 and 3 of Guo et al.
 * (2021, section 5.3 and appendix A.1) show; `sparsity` by layer and matrix is figure 4 of Radiya-Dixit and Wang (2020),
 * and what is left of it, 1 - sparsity, figure 6 of Sanh et al. (2020).
 *
 * @param parameters the base's; tensors of other names (a head's, adapters') are left out
 * @param changes the diff's tensors
 * @param grouping such as `byLayer`, `byModule` or `byTensor`
 * @throws RangeError for a tensor whose shape is not its parameter's
 */
export function changesByGroup(
  parameters: readonly PlacedParameter[],
  changes: readonly TensorChange[],
  grouping: Grouping,
): GroupChanges[] {
  const byName = new Map(changes.map((change) => [change.name, change]));
  const counts = new Map<string, Record<'parameters' | 'changed' | 'addsZero' | 'zeroed', number>>();
  for (const parameter of parameters) {
    const group = grouping(parameter);
    const count = counts.get(group) ?? { parameters: 0, changed: 0, addsZero: 0, zeroed: 0 };
    counts.set(group, count);
    count.parameters += entryCount(parameter.shape);
    const change = byName.get(parameter.name);
    if (change === undefined) continue;
    checkShape(parameter, change);
    const changed = countEntries(changedEntries(change));
    count.changed += changed;
    if (change.operation === 'add') count.addsZero += change.positions.length - changed;
    count.zeroed += countEntries(zeroedEntries(change));
  }
  const all = [...counts.values()].reduce((sum, { changed }) => sum + changed, 0);
  return [...counts].map(([group, count]) => ({
    group,
    ...count,
    share: all === 0 ? 0 : count.changed / all,
    density: count.changed / count.parameters,
    sparsity: count.zeroed / count.parameters,
  }));
}

/** How many of a base's matrices and vectors a diff leaves as they are. */
export interface UnchangedGroups {
  /** Matrices and bias vectors of the base. */
  readonly groups: number;
  /** Names of those in which no entry changes. */
  readonly unchanged: readonly string[];
}

/**
 * The matrices and vectors in which a diff changes nothing (Guo et al. 2021, section 5.2, figure 1 right).
 *
 * @throws RangeError for a tensor whose shape is not its parameter's
 */
export function unchangedGroups(
  parameters: readonly PlacedParameter[],
  changes: readonly TensorChange[],
): UnchangedGroups {
  const counts = changesByGroup(parameters, changes, ({ name }) => name);
  const unchanged = counts.filter(({ changed, zeroed }) => changed + zeroed === 0);
  return { groups: counts.length, unchanged: unchanged.map(({ group }) => group) };
}

function checkShape({ name, shape }: PlacedParameter, change: TensorChange): void {
  if (change.shape.join() === shape.join()) return;
  throw new RangeError(
    `${name} is [${change.shape.join(', ')}] in the diff, [${shape.join(', ')}] in the base`,
  );
}
