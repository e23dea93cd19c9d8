import { entropyBits } from './entropy.ts';
import type { TensorPair } from './extract.ts';
import { checkLength, checkUnique } from './tensor.ts';
import type { DiffTensor } from './types.ts';
import { bitsOf } from './values.ts';

/**
 * What makes another model of a base, bit for bit, the signs of zeros included: of each tensor the entries that changed
 * (`set`), or, where it takes fewer bytes, those that are not 0 (`replace-sparse`), or all (`replace-dense`). A tensor
 * that did not change is left out.
 *
 * @param pairs one is held at a time
 * @throws TensorError for lengths that do not fit, or a name that comes twice
 */
export async function extractExact(
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
    const changed = before ? count(size, (i) => bits[i] !== before[i]) : size;
    if (before !== undefined && changed === 0) continue;
    const filled = count(size, (i) => bits[i] !== 0);
    const [asChanged, asFilled, whole] = [bytesOf(changed, size), bytesOf(filled, size), 4 * size];
    if (before === undefined || whole <= Math.min(asChanged, asFilled)) {
      const positions = new Uint32Array();
      tensors.push({ name, shape, operation: 'replace-dense', positions, values: tuned.slice() });
      continue;
    }
    const [operation, positions] =
      asChanged <= asFilled
        ? (['set', select(size, changed, (i) => bits[i] !== before[i])] as const)
        : (['replace-sparse', select(size, filled, (i) => bits[i] !== 0)] as const);
    const values = Float32Array.from(positions, (position) => tuned[position]!);
    tensors.push({ name, shape, operation, positions, values });
  }
  return tensors;
}

/** About what so many positions of a tensor and their values take. */
function bytesOf(positions: number, size: number): number {
  return 4 * positions + entropyBits(positions, size) / 8;
}

function count(size: number, holds: (i: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < size; i++) if (holds(i)) found++;
  return found;
}

/** The indices for which something holds, as many as there are. */
function select(size: number, found: number, holds: (i: number) => boolean): Uint32Array {
  const positions = new Uint32Array(found);
  for (let i = 0, at = 0; i < size && at < found; i++) if (holds(i)) positions[at++] = i;
  return positions;
}
