import { BertConfigError, baseParameters, parseConfig, type ParameterSpec } from '@diffprune/bert';
import { InputError } from '@diffprune/command-line';
import {
  byLayer,
  byModule,
  changedEntries,
  changesByGroup,
  clusterEntries,
  differingEntries,
  dispersion,
  histogram,
  overlap,
  sumClusterings,
  unchangedGroups,
  zeroedEntries,
  type Clustering,
  type EntrySet,
  type GroupChanges,
  type Histogram,
  type Overlap,
} from '@diffprune/evaluators';
import { checkFit, DiffFitError, type PretrainedBase } from '@diffprune/inference/node';
import { WrongBaseError, type DiffTensor, type Manifest, type SparseDiff } from '@diffprune/sparse-diff';
import { moveOfMatrices, randomMoves, type MatrixMove, type RandomMoves } from './matrix-moves.ts';

/** A diff as it was read. */
export interface ReadDiff {
  readonly path: string;
  /** What tables call it. */
  readonly name: string;
  /** Size of its file. */
  readonly bytes: number;
  readonly diff: SparseDiff;
}

/** What there is to say of one diff. */
export interface AnalysedDiff extends Pick<Manifest, 'task' | 'method' | 'density' | 'metrics'> {
  readonly name: string;
  /** Size of its file. */
  readonly bytes: number;
  /** Entries of the base that get another value; of pruned matrices, what is left of them. */
  readonly changed: number;
  /** Entries that are set to 0. */
  readonly zeroed: number;
  /** Matrices and vectors of the base, and those that stay as they are. */
  readonly groups: number;
  readonly unchangedGroups: number;
  readonly layers: readonly GroupChanges[];
  readonly modules: readonly GroupChanges[];
  /** Each matrix of the encoder's layers, by layer and module. */
  readonly matrices: readonly (GroupChanges & { readonly layer: number; readonly module: string })[];
  /** How the changed entries lie in the matrices that change in part; absent where there are none. */
  readonly clustering?: Clustering & { readonly rowDispersion: number; readonly columnDispersion: number };
  /** How the weights that pruning leaves are distributed; absent where nothing is pruned. */
  readonly remaining?: Histogram;
  /** How far each matrix of the encoder moves; absent without the base. */
  readonly moves?: readonly MatrixMove[];
}

/** What two diffs share. */
export interface SharedEntries {
  readonly first: string;
  readonly second: string;
  readonly changed: Overlap;
  /** Of the entries that are set to 0; absent where one of the two sets none to it. */
  readonly zeros?: Overlap;
}

/** What there is to say of diffs of one base. */
export interface Comparison {
  readonly base: { readonly fingerprint: string; readonly parameters: number };
  readonly diffs: readonly AnalysedDiff[];
  readonly overlaps: readonly SharedEntries[];
  /** What moves are small against; absent without the base. */
  readonly random?: RandomMoves;
}

/** Intervals of a distribution of weights. */
const bins = 60;

/**
 * Analyses diffs of one base, and what each two of them share.
 *
 * @param read at least one
 * @param base where it is given, how far matrices move is known, too, and of tensors that a diff brings whole, which of
 *   their entries change
 * @throws InputError for diffs of different bases, for a manifest that does not say the base's architecture, and for a
 *   tensor that is not the base's; what `checkFit` throws where there is a base
 */
export function analyseDiffs(read: readonly ReadDiff[], base?: PretrainedBase): Comparison {
  const first = read[0]!;
  for (const each of read) checkSameBase(first, each);
  if (base) for (const each of read) checkFits(each, base);
  const parameters = baseParameters(base?.config ?? configOf(first));
  const analysed = read.map((each) => analyse(each, changesOf(each, parameters, base), parameters, base));
  const { fingerprint, parameters: count } = first.diff.manifest.base;
  return {
    base: { fingerprint, parameters: count },
    diffs: analysed.map(({ diff }) => diff),
    ...(base && { random: randomMoves(base, matricesOf(parameters)) }),
    overlaps: analysed.flatMap((one, i) =>
      analysed.slice(i + 1).map((other) => ({
        first: one.diff.name,
        second: other.diff.name,
        changed: overlap(parameters, one.changed, other.changed),
        ...(one.diff.zeroed > 0 &&
          other.diff.zeroed > 0 && { zeros: overlap(parameters, one.zeros, other.zeros) }),
      })),
    ),
  };
}

function analyse(
  { name, bytes, diff }: ReadDiff,
  changes: readonly DiffTensor[],
  parameters: readonly ParameterSpec[],
  base: PretrainedBase | undefined,
) {
  const { task, method, density, metrics } = diff.manifest;
  const layers = changesByGroup(parameters, changes, byLayer);
  const { groups, unchanged } = unchangedGroups(parameters, changes);
  const clustering = clusteringOf(changes);
  const remaining = remainingWeights(changes);
  const analysed: AnalysedDiff = {
    ...{ name, bytes, task, method, density, metrics },
    changed: layers.reduce((sum, { changed }) => sum + changed, 0),
    zeroed: layers.reduce((sum, { zeroed }) => sum + zeroed, 0),
    groups,
    unchangedGroups: unchanged.length,
    layers,
    modules: changesByGroup(parameters, changes, byModule),
    matrices: matricesOf(parameters).flatMap((spec) => {
      const place = { layer: spec.layer!, module: byModule(spec) };
      return changesByGroup([spec], changes, ({ name }) => name).map((counts) => ({ ...counts, ...place }));
    }),
    ...(clustering && {
      clustering: {
        ...clustering,
        rowDispersion: dispersion(clustering.rows),
        columnDispersion: dispersion(clustering.columns),
      },
    }),
    ...(remaining && { remaining }),
    ...(base && { moves: moveOfMatrices(matricesOf(parameters), changes, base) }),
  };
  const sets = (of: (tensor: DiffTensor) => EntrySet) =>
    new Map(changes.map((tensor) => [tensor.name, of(tensor)]));
  return { diff: analysed, changed: sets(changedEntries), zeros: sets(zeroedEntries) };
}

/** The weight matrices of the encoder's layers. */
function matricesOf(parameters: readonly ParameterSpec[]): ParameterSpec[] {
  return parameters.filter(({ kind, shape }) => kind === 'layer' && shape.length === 2);
}

/**
 * What a diff does to the base's tensors, a head's and adapters' left out. Where the base is known, what is brought whole
 * is what is set where it differs.
 */
function changesOf(
  { path, diff }: ReadDiff,
  parameters: readonly ParameterSpec[],
  base: PretrainedBase | undefined,
): DiffTensor[] {
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape.join(', ')]));
  return diff.tensors.flatMap((tensor) => {
    const shape = shapes.get(tensor.name);
    if (shape === undefined) return [];
    if (shape !== tensor.shape.join(', ')) {
      throw new InputError(
        `${path}: ${tensor.name} is [${tensor.shape.join(', ')}], but [${shape}] by the architecture in its manifest`,
      );
    }
    const before = base?.tensors.get(tensor.name)?.data;
    if (tensor.operation !== 'replace-dense' || before === undefined) return [tensor];
    const { positions } = differingEntries(before, tensor.values);
    const values = Float32Array.from(positions, (position) => tensor.values[position]!);
    return [{ ...tensor, operation: 'set', positions, values }];
  });
}

function clusteringOf(changes: readonly DiffTensor[]): Clustering | undefined {
  const clusterings = changes.flatMap((tensor) => {
    const { positions, inverted, size } = changedEntries(tensor);
    const isPart = !inverted && positions.length > 0 && positions.length < size;
    return isPart && tensor.shape.length === 2 ? [clusterEntries(tensor.shape, positions)] : [];
  });
  return clusterings.length > 0 ? sumClusterings(clusterings) : undefined;
}

/** The distribution of the weights that are left in pruned matrices, up to four times their root mean square. */
function remainingWeights(changes: readonly DiffTensor[]): Histogram | undefined {
  const left = changes.filter(({ operation }) => operation === 'replace-sparse');
  const all = new Float32Array(left.reduce((sum, { values }) => sum + values.length, 0));
  if (all.length === 0) return undefined;
  let end = 0;
  for (const { values } of left) {
    all.set(values, end);
    end += values.length;
  }
  // a few weights are far from all the others
  const reach = 4 * Math.sqrt(all.reduce((sum, value) => sum + value * value, 0) / all.length);
  return histogram(all, bins, [-reach, reach]);
}

/** @throws InputError where the second diff is of another base than the first */
function checkSameBase(first: ReadDiff, other: ReadDiff): void {
  const [one, two] = [first, other].map(({ diff }) => diff.manifest.base.fingerprint);
  if (one === two) return;
  throw new InputError(
    `${other.path} is a diff of the base ${two}, ${first.path} of ${one}: positions and changes of different bases ` +
      `cannot be compared; give diffs of one base`,
  );
}

/** @throws what `checkFit` throws, the path before its message */
function checkFits({ path, diff }: ReadDiff, base: PretrainedBase): void {
  try {
    checkFit(base, diff);
  } catch (error) {
    if (error instanceof DiffFitError || error instanceof WrongBaseError)
      error.message = `${path}: ${error.message}`;
    throw error;
  }
}

function configOf({ path, diff }: ReadDiff) {
  try {
    return parseConfig(diff.manifest.base.architecture, `${path}: the base's architecture in its manifest`);
  } catch (error) {
    if (!(error instanceof BertConfigError)) throw error;
    throw new InputError(`${error.message}; give the base itself by --base`);
  }
}
