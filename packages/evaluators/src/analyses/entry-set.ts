import { entryCount, type TensorChange } from './parameters.ts';

/** Some of a tensor's entries: those at positions, or all the others. */
export interface EntrySet {
  /** Entries of the tensor. */
  readonly size: number;
  /** Flat indices, strictly ascending. */
  readonly positions: Uint32Array;
  /** Whether the set is what is not at the positions. */
  readonly inverted: boolean;
}

/** No entry of a tensor of this size. */
export function noEntries(size: number): EntrySet {
  return { size, positions: new Uint32Array(), inverted: false };
}

/**
 * The entries that a change gives a value other than the base's, as far as that is known without the base: those that it
 * adds something else than 0 to, sets, or zeroes. Of a pruned tensor (`replace-sparse`) they are what is left of it, for
 * what is pruned is {@link zeroedEntries}.
 */
export function changedEntries({ shape, operation, positions, values }: TensorChange): EntrySet {
  const size = entryCount(shape);
  if (operation === 'replace-dense') return { size, positions, inverted: true };
  const isAdded = operation === 'add';
  return {
    size,
    inverted: false,
    positions: isAdded ? positions.filter((_, i) => values[i] !== 0) : positions,
  };
}

/** The entries that are 0 because a change says so; an `add` says of none. */
export function zeroedEntries({ shape, operation, positions, values }: TensorChange): EntrySet {
  const size = entryCount(shape);
  switch (operation) {
    case 'add':
      return noEntries(size);
    case 'zero':
      return { size, positions, inverted: false };
    case 'set':
      return { size, positions: positions.filter((_, i) => values[i] === 0), inverted: false };
    case 'replace-sparse':
      return { size, positions: positions.filter((_, i) => values[i] !== 0), inverted: true };
    case 'replace-dense':
      return zeroEntries(values);
  }
}

/** The entries of a tensor that are 0. */
export function zeroEntries(values: Float32Array): EntrySet {
  const found = new Uint32Array(countZeros(values));
  for (let i = 0, end = 0; i < values.length; i++) if (values[i] === 0) found[end++] = i;
  return { size: values.length, positions: found, inverted: false };
}

/** The entries in which two tensors of a size differ. */
export function differingEntries(one: Float32Array, other: Float32Array): EntrySet {
  return zeroEntries(one.map((value, i) => Number(value === other[i])));
}

function countZeros(values: Float32Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === 0) count++;
  return count;
}

/** How many entries are in a set. */
export function countEntries({ size, positions, inverted }: EntrySet): number {
  return inverted ? size - positions.length : positions.length;
}

/**
 * How many entries two sets share.
 *
 * @throws RangeError for sets of tensors that differ in size
 */
export function countCommon(one: EntrySet, other: EntrySet): number {
  if (one.size !== other.size) throw new RangeError(`tensors of ${one.size} and of ${other.size} entries`);
  const [a, b] = [one.positions, other.positions];
  let both = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [p, q] = [a[i]!, b[j]!];
    if (p === q) both++;
    if (p <= q) i++;
    if (q <= p) j++;
  }
  if (one.inverted && other.inverted) return one.size - a.length - b.length + both;
  if (one.inverted) return b.length - both;
  return other.inverted ? a.length - both : both;
}
