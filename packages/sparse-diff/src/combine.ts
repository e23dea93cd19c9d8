import { ArgumentError, TensorError, WrongBaseError } from './errors.ts';
import { checkTensor } from './tensor.ts';
import type { DiffTensor, Manifest, SparseDiff } from './types.ts';

/**
 * The linear combination of diffs of one base: each position that any of them adds to gets the sum of weight
 * times value, made in double precision and rounded once to fp32. Dense tensors (heads) are combined too, where
 * every diff has them.
 *
 * @param manifest of the result
 * @throws WrongBaseError where the diffs are for different bases
 * @throws TensorError for other operations, which are not linear, for shapes that differ, and for a dense tensor
 * that some of the diffs lack
 * @throws ArgumentError for no diffs, or a weight that is not finite
 */
export function combineDiffs(
  terms: readonly { readonly diff: SparseDiff; readonly weight: number }[],
  manifest: Manifest,
): SparseDiff {
  if (terms.length === 0) throw new ArgumentError('no diffs to combine');
  const found = new Map<string, { tensor: DiffTensor; weight: number }[]>();
  for (const { diff, weight } of terms) {
    if (!Number.isFinite(weight)) throw new ArgumentError(`weight ${weight} is not finite`);
    const { fingerprint } = diff.manifest.base;
    if (fingerprint !== manifest.base.fingerprint) {
      throw new WrongBaseError(fingerprint, manifest.base.fingerprint);
    }
    for (const tensor of diff.tensors) {
      checkTensor(tensor);
      const group = found.get(tensor.name) ?? [];
      found.set(tensor.name, [...group, { tensor, weight }]);
    }
  }
  const tensors = [...found.values()].map((group) => combineTensor(group, terms.length));
  return { manifest, tensors };
}

function combineTensor(group: { tensor: DiffTensor; weight: number }[], diffs: number): DiffTensor {
  const { name, shape, operation } = group[0]!.tensor;
  for (const { tensor } of group) {
    if (tensor.operation !== 'add' && tensor.operation !== 'replace-dense') {
      throw new TensorError(name, `${tensor.operation} cannot be combined linearly`);
    }
    if (tensor.operation !== operation) {
      throw new TensorError(name, `some diffs ${operation}, others ${tensor.operation}`);
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new TensorError(name, `shapes [${shape.join(', ')}] and [${tensor.shape.join(', ')}]`);
    }
  }
  if (operation === 'replace-dense') {
    if (group.length < diffs) {
      throw new TensorError(name, `only ${group.length} of ${diffs} diffs have it: take it out before`);
    }
    const values = Float32Array.from(group[0]!.tensor.values, (_, i) =>
      group.reduce((sum, { tensor, weight }) => sum + weight * tensor.values[i]!, 0),
    );
    return { name, shape, operation, positions: new Uint32Array(0), values };
  }
  let positions = new Uint32Array(0);
  let sums = new Float64Array(0);
  for (const { tensor, weight } of group) {
    ({ positions, sums } = merge(positions, sums, tensor, weight));
  }
  return { name, shape, operation, positions, values: Float32Array.from(sums) };
}

/** Merges a tensor's positions and weighted values into sums over ascending positions. */
function merge(
  positions: Uint32Array,
  sums: Float64Array,
  tensor: DiffTensor,
  weight: number,
): { positions: Uint32Array<ArrayBuffer>; sums: Float64Array<ArrayBuffer> } {
  const capacity = positions.length + tensor.positions.length;
  const mergedPositions = new Uint32Array(capacity);
  const mergedSums = new Float64Array(capacity);
  let count = 0;
  for (let i = 0, j = 0; i < positions.length || j < tensor.positions.length; count++) {
    const left = positions[i] ?? Infinity;
    const right = tensor.positions[j] ?? Infinity;
    mergedPositions[count] = Math.min(left, right);
    if (left <= right) mergedSums[count]! += sums[i++]!;
    if (right <= left) mergedSums[count]! += weight * tensor.values[j++]!;
  }
  return { positions: mergedPositions.slice(0, count), sums: mergedSums.slice(0, count) };
}
