import type { TensorPair } from './extract.ts';
import { checkLength, checkUnique } from './tensor.ts';
import type { DiffTensor } from './types.ts';
import { bitsOf } from './values.ts';

/** A tensor that is new, or of which a bit changed. */
export interface ChangedTensor extends Pick<TensorPair, 'name' | 'shape' | 'tuned'> {
  readonly bits: Uint32Array;
  /** The base's; undefined where the base does not have the tensor. */
  readonly before: Uint32Array | undefined;
}

/**
 * The tensors that are not the base's, bit for bit.
 *
 * @param pairs one is held at a time
 * @throws TensorError for lengths that do not fit, or a name that comes twice
 */
export async function* changedTensors(
  pairs: Iterable<TensorPair> | AsyncIterable<TensorPair>,
): AsyncGenerator<ChangedTensor> {
  const names = new Set<string>();
  for await (const { name, shape, base, tuned } of pairs) {
    checkUnique(names, name);
    checkLength(name, shape, tuned);
    if (base !== undefined) checkLength(name, shape, base);
    const [bits, before] = [bitsOf(tuned), base && bitsOf(base)];
    if (before !== undefined && bits.every((each, i) => each === before[i])) continue;
    yield { name, shape, tuned, bits, before };
  }
}

/** The tensor as it is, whole. */
export function wholeTensor({ name, shape, tuned }: ChangedTensor): DiffTensor {
  const positions = new Uint32Array();
  return { name, shape, operation: 'replace-dense', positions, values: tuned.slice() };
}

/** The tensor by some of its entries. */
export function sparseTensor(
  { name, shape, tuned }: ChangedTensor,
  operation: 'set' | 'replace-sparse',
  positions: Uint32Array,
): DiffTensor {
  const values = Float32Array.from(positions, (position) => tuned[position]!);
  return { name, shape, operation, positions, values };
}

/** How many of so many indices something holds for. */
export function count(size: number, holds: (i: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < size; i++) if (holds(i)) found++;
  return found;
}

/** The indices that something holds for, as many as there are. */
export function select(found: number, holds: (i: number) => boolean): Uint32Array {
  const positions = new Uint32Array(found);
  for (let i = 0, at = 0; at < found; i++) if (holds(i)) positions[at++] = i;
  return positions;
}
