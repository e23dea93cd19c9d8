import type { TensorPair } from './extract.ts';
import { checkLength, checkUnique } from './tensor.ts';
import type { DiffTensor } from './types.ts';
import { bitsOf } from './values.ts';

/** A tensor of which at least this part is 0 counts as pruned. */
const pruned = 0.5;

/**
 * What makes a pruned model of its base, bit for bit: tensors of which at least half the entries are 0 by the others
 * (`replace-sparse`), further ones that are not the base's whole (`replace-dense`).
 *
 * @param pairs one is held at a time
 * @throws TensorError for lengths that do not fit, or a name that comes twice
 */
export async function extractPruned(
  pairs: Iterable<TensorPair> | AsyncIterable<TensorPair>,
): Promise<DiffTensor[]> {
  const tensors: DiffTensor[] = [];
  const names = new Set<string>();
  for await (const { name, shape, base, tuned } of pairs) {
    checkUnique(names, name);
    const size = checkLength(name, shape, tuned);
    if (base !== undefined) checkLength(name, shape, base);
    const bits = bitsOf(tuned);
    const before = base && bitsOf(base);
    if (before !== undefined && bits.every((each, i) => each === before[i])) continue;
    let count = 0;
    for (let i = 0; i < size; i++) if (bits[i] !== 0) count++;
    if (base === undefined || count > (1 - pruned) * size) {
      tensors.push({
        ...{ name, shape, operation: 'replace-dense' },
        ...{ positions: new Uint32Array(), values: tuned.slice() },
      });
      continue;
    }
    const positions = new Uint32Array(count);
    for (let i = 0, at = 0; at < count; i++) if (bits[i] !== 0) positions[at++] = i;
    const values = Float32Array.from(positions, (position) => tuned[position]!);
    tensors.push({ name, shape, operation: 'replace-sparse', positions, values });
  }
  return tensors;
}
