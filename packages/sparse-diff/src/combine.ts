import { checkFingerprint } from './apply.ts';
import { ArgumentError, TensorError } from './errors.ts';
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
 * @throws ArgumentError for no diffs, a weight that is not finite, or a diff with adapters, whose tensors are factors of
 * a product
 */
export function combineDiffs(
  terms: readonly { readonly diff: SparseDiff; readonly weight: number }[],
  manifest: Manifest,
): SparseDiff {
  if (terms.length === 0) throw new ArgumentError('no diffs to combine');
  const found = new Map<string, { tensor: DiffTensor; weight: number }[]>();
  for (const { diff, weight } of terms) {
    if (!Number.isFinite(weight)) throw new ArgumentError(`weight ${weight} is not finite`);
    if (diff.manifest.adapters) throw new ArgumentError('adapters cannot be combined');
    checkFingerprint(diff.manifest.base.fingerprint, manifest.base.fingerprint);
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
  const operations = [...new Set(group.map(({ tensor }) => tensor.operation))];
  const dense = operation === 'replace-dense';
  if (operations.length > 1 || !(dense || operation === 'add')) {
    throw new TensorError(
      name,
      `${operations.join(' and ')} cannot be combined; only add with add, and replace-dense with replace-dense, can be`,
    );
  }
  for (const { tensor } of group) {
    if (tensor.shape.join() !== shape.join()) {
      throw new TensorError(name, `shapes [${shape.join(', ')}] and [${tensor.shape.join(', ')}]`);
    }
  }
  if (dense && group.length < diffs) {
    throw new TensorError(name, `only ${group.length} of ${diffs} diffs have it`);
  }
  const positions = union(group.map(({ tensor }) => tensor.positions));
  const sums = new Float64Array(dense ? group[0]!.tensor.values.length : positions.length);
  for (const { tensor, weight } of group) {
    for (let i = 0, at = 0; i < tensor.values.length; i++, at++) {
      if (!dense) while (positions[at] !== tensor.positions[i]) at++;
      sums[at]! += weight * tensor.values[i]!;
    }
  }
  return { name, shape, operation, positions, values: Float32Array.from(sums) };
}

/** Every position of the lists once, ascending. */
function union(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let end = 0;
  for (const list of lists) {
    all.set(list, end);
    end += list.length;
  }
  return all.sort().filter((position, i) => i === 0 || position !== all[i - 1]);
}
